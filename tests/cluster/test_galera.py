"""A Galera cluster of three nodes: two hosts, each with its own node first, while nodes are killed, cut off, and come back."""
import os
import subprocess
import unittest

from harness import galera, process
from harness.mariadb import ADMINISTRATOR, ADMINISTRATORS_PASSWORD, CLIENT, DATABASE
from load import DOMAIN, FIRST, LATER, SECOND, Host, Load

TABLES = ("vpopmail", "dir_control", "lastauth", "valias", "limits", "domains", "usage_counters", "revisions")


class Held:
    """A node that takes in what the others do, and applies none of it."""

    def __init__(self, node):
        self.client = subprocess.Popen([CLIENT, "--no-defaults", "--batch", "--unbuffered", "--skip-column-names", "--socket=" +
                                        node.socket, "--user=" + ADMINISTRATOR, DATABASE], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"], "HOME": node.folder,
                                                                    "MYSQL_PWD": ADMINISTRATORS_PASSWORD})
        self.client.stdin.write(b"FLUSH TABLES WITH READ LOCK; SELECT 'held';\n")
        self.client.stdin.flush()
        self.client.stdout.readline()

    def release(self):
        if self.client.poll() is None:
            self.client.communicate()


@unittest.skipUnless(galera.is_installed() or os.environ.get("REQUIRE_DATABASES"), "needs MariaDB and Galera")
class GaleraTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = galera.Cluster()
        cls.addClassCleanup(cls.cluster.close)
        cls.nodes = cls.cluster.nodes

    def setUp(self):
        self.nodes[0].sql("DROP DATABASE vpopmail; CREATE DATABASE vpopmail", "mysql")
        self.cluster.wait_until_whole()
        self.hosts = [self.host(0, 1, 2), self.host(1, 2, 0)]
        self.hosts[0].must("vschema", "--apply")
        self.hosts[0].must("vadddomain", DOMAIN, FIRST)

    def host(self, *order, **settings):
        nodes = [self.nodes[number] for number in order]
        section = dict(nodes[0].settings(tcp=True), **dict({"connect_timeout": "2", "answer_timeout": "10"}, **settings))
        section.update(host=",".join(["127.0.0.1"] * len(nodes)), port=",".join(str(node.port) for node in nodes))
        host = Host("mysql", {"mysql": section})
        self.addCleanup(host.close)
        return host

    def conflicts(self):
        return sum(int(node.state(name)) for node in self.nodes for name in ("wsrep_local_cert_failures", "wsrep_local_bf_aborts"))

    def test_nodes_are_killed_and_cut_off_and_come_back(self):
        load = Load(self.hosts)
        self.addCleanup(load.stop)
        load.start()
        load.progress(self, "both hosts work", 10)
        process.wait_until(self.conflicts, "two nodes change the same rows")
        self.assertEqual(load.later, [])
        self.nodes[0].kill()
        load.progress(self, "the other two go on", 5)
        self.nodes[0].start()
        self.nodes[1].isolate(True)
        process.wait_until(lambda: self.nodes[1].state("wsrep_ready") == "OFF", "the node knows that it is alone")
        load.progress(self, "the host of the lonely node goes to another", 5)
        self.nodes[1].isolate(False)
        self.cluster.wait_until_whole()
        self.nodes[0].freeze()
        load.progress(self, "a node that hangs is left out", 5)
        self.nodes[0].thaw()
        self.cluster.wait_until_whole()
        load.progress(self, "all are back", 5)
        load.stop()
        self.cluster.wait_until_whole()
        load.check(self)
        self.assertLess(len(load.later), sum(load.counts.values()))  # how many ask while nodes agree is the machine's speed
        self.check_equal()

    def check_equal(self):
        for node in self.nodes:
            node.sql("SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM vpopmail")
        sums = [node.sql("CHECKSUM TABLE " + ", ".join(TABLES)) for node in self.nodes]
        self.assertEqual(sums[0], sums[1])
        self.assertEqual(sums[0], sums[2])

    def test_what_one_node_has_acknowledged_is_never_unknown_at_another(self):
        second = self.host(1, answer_timeout="1")
        self.hosts[0].must("vadduser", "old@" + DOMAIN, FIRST)
        self.assertEqual(second.login("old", FIRST).status, 0)
        held = Held(self.nodes[1])
        self.addCleanup(held.release)
        self.hosts[0].must("vadduser", "bob@" + DOMAIN, FIRST)
        self.hosts[0].must("vpasswd", "old@" + DOMAIN, SECOND)
        self.assertEqual(second.login("bob", FIRST).status, LATER)
        self.assertEqual(second.login("old", SECOND).status, LATER)
        self.assertEqual(second.deliver("bob", "one").status, LATER)
        held.release()
        self.assertEqual(second.login("bob", FIRST).status, 0)
        self.assertEqual(second.login("old", SECOND).status, 0)
        self.assertEqual(second.deliver("bob", "one").status, 0)

    def test_a_limit_is_exact_across_nodes(self):
        self.hosts[0].must("vmoddomlimits", "-P", "20", DOMAIN)
        running = [self.hosts[number % 2].popen("vadduser", "u%d@%s" % (number, DOMAIN), FIRST) for number in range(32)]
        answers = [(one.stdout.read(), one.wait()) for one in running]
        self.assertEqual(sum(status == 0 for _, status in answers), 19, answers)
        self.assertEqual(len(self.hosts[1].users()), 20)

    def test_a_batch_that_another_node_was_in_the_way_of_is_repeated_whole(self):
        before = self.conflicts()
        running = []
        for number, host in enumerate(self.hosts):
            rows = ['{"address": "u%d-%d@%s", "password": "%s"}\n' % (number, line, DOMAIN, FIRST) for line in range(300)]
            running.append(host.popen("vadduser", "--batch", host.write("batch", "".join(rows))))
        answers = [(one.stdout.read(), one.wait()) for one in running]
        self.assertEqual([status for _, status in answers], [0, 0], answers)
        self.assertEqual(len(self.hosts[0].users()), 601)
        self.assertGreater(self.conflicts(), before)
        for host in self.hosts:
            self.assertEqual(host.login("u0-299", FIRST).status, 0)
            self.assertEqual(host.login("u1-299", FIRST).status, 0)


if __name__ == "__main__":
    unittest.main()
