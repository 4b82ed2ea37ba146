"""Three nodes of one Galera cluster on loopback: every one takes reads and changes."""
import os
import re

from . import mariadb, process
from .mariadb import SERVER, options

LIBRARY = "/usr/lib/galera/libgalera_smm.so"
NODES = 3

# Short, so that a node that is gone is known as gone while a test waits; a site keeps the longer ones it has by default.
PROVIDER = ("evs.suspect_timeout=PT2S;evs.inactive_timeout=PT4S;evs.inactive_check_period=PT0.2S;evs.keepalive_period=PT0.3S;"
            "evs.install_timeout=PT4S;gcache.size=16M;pc.recovery=false")


def is_installed():
    return mariadb.is_installed() and os.path.exists(LIBRARY)


class Node(mariadb.MariaDB):
    """One node; it is started by its cluster."""

    def __init__(self, cluster, number):
        self.cluster, self.number = cluster, number
        self.group, self.increments, self.copies = (process.free_port() for _ in range(3))
        self.is_first = number == 0
        super().__init__({"binlog_format": "ROW", "innodb_autoinc_lock_mode": "2", "wsrep_on": "ON", "wsrep_provider": LIBRARY,
                          "wsrep_cluster_name": "virtmail", "wsrep_node_name": "node%d" % number,
                          "wsrep_node_address": "127.0.0.1", "wsrep_sst_method": "rsync",
                          "wsrep_sst_receive_address": "127.0.0.1:%d" % self.copies, "wsrep_slave_threads": "2"})

    def start(self):
        """Joins the others; who knows where it stopped asks them for the rest only."""
        if os.path.exists(self.path("data/grastate.dat")):
            self.configure(wsrep_start_position=self._position())
        others = ",".join("127.0.0.1:%d" % node.group for node in self.cluster.nodes if node is not self)
        self.configure(wsrep_cluster_address="gcomm://" + ("" if self.is_first else others),
                       wsrep_provider_options="gmcast.listen_addr=tcp://127.0.0.1:%d;ist.recv_addr=127.0.0.1:%d;%s" % (
                           self.group, self.increments, PROVIDER))
        self.is_first = False
        super().start()

    def _position(self):
        """Where the storage engine stands, as mysqld_safe asks for it after a crash."""
        conf = {name: value for name, value in self.conf.items() if name != "wsrep_start_position"}
        result = process.run([SERVER, "--no-defaults", "--wsrep-recover"] + options(conf), person=self.person, cwd=self.folder,
                             env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
        found = re.findall(r"Recovered position: ?([0-9a-f-]+:-?[0-9]+)", result.out + result.err)
        if not found:
            raise AssertionError(repr(result))
        return found[-1]

    def _is_ready(self):
        if self.daemon.process.poll() is not None:
            raise AssertionError("mariadbd ended:\n" + self.daemon.log_text())
        return self._client("SELECT 1").status == 0 and self.state("wsrep_local_state_comment") == "Synced"

    def state(self, name):
        return self.sql("SHOW STATUS LIKE '%s'" % name).partition("\t")[2]

    def isolate(self, is_isolated):
        """Cuts the node off from the others, or lets it find them again."""
        self.sql("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=%d'" % is_isolated)


class Cluster:
    def __init__(self):
        self.nodes = []
        try:
            for number in range(NODES):
                self.nodes.append(Node(self, number))
        except BaseException:
            self.close()
            raise

    def wait_until_whole(self):
        """All nodes that run are one group again and have applied everything."""
        running = [node for node in self.nodes if node.daemon]
        process.wait_until(lambda: all(node.state("wsrep_cluster_size") == str(len(running)) and
                                       node.state("wsrep_local_state_comment") == "Synced" for node in running),
                           "%d nodes are one cluster" % len(running))

    def close(self):
        for node in self.nodes:
            node.close()
