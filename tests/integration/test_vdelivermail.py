"""vdelivermail with qmail's environment and a message on standard input."""
import os
import unittest

from harness.mail import BODY, MailTest


class Deliveries(MailTest):
    """deliver() runs the program as qmail-local would."""

    def deliver(self, user, body=BODY, action=None, sender="a@example.net", **more):
        environment = {"EXT": user, "HOST": "example.org", "SENDER": sender,
                       "RPLINE": "Return-Path: <%s>\n" % sender,
                       "DTLINE": "Delivered-To: example.org-%s@example.org\n" % user}
        environment.update(more)
        environment = {name: value for name, value in environment.items() if value is not None}
        return self.site.run("vdelivermail", "", action or self.action, stdin=body, env=environment)


class MailboxTest(Deliveries):
    def test_stores_with_two_header_lines_and_size_in_the_name(self):
        result = self.deliver("bob")
        self.assertEqual((result.status, result.out), (0, ""))
        expected = b"Return-Path: <a@example.net>\nDelivered-To: bob@example.org\n" + BODY
        self.assertEqual(self.stored(self.bob), [expected])
        self.assertTrue(self.names(self.bob)[0].endswith(",S=%d" % len(expected)))
        self.assertEqual(os.listdir(self.bob + "/tmp"), [])

    def test_upper_case_reaches_the_same_mailbox(self):
        self.assertEqual(self.deliver("BoB", HOST="EXAMPLE.org").status, 0)
        self.assertEqual(len(self.stored(self.bob)), 1)

    def test_unset_rpline_is_a_null_sender(self):
        self.assertEqual(self.deliver("bob", RPLINE=None, SENDER=None).status, 0)
        self.assertTrue(self.stored(self.bob)[0].startswith(b"Return-Path: <>\nDelivered-To: bob@example.org\n"))

    def test_long_return_path_is_kept_whole(self):
        sender = "x" * 900 + "@example.net"
        self.assertEqual(self.deliver("bob", sender=sender).status, 0)
        self.assertTrue(self.stored(self.bob)[0].startswith(b"Return-Path: <" + sender.encode() + b">\nDelivered-To:"))

    def test_empty_message_is_stored(self):
        self.assertEqual(self.deliver("bob", body=b"").status, 0)
        self.assertEqual(len(self.stored(self.bob)), 1)

    def test_unknown_user_bounces_with_the_text(self):
        result = self.deliver("nobody")
        self.assertEqual((result.status, result.out), (100, "Sorry, no mailbox here by that name. (#5.1.1)\n"))
        self.domain_file(".no-user.msg", "Nobody of that name")
        self.assertEqual(self.deliver("nobody").out, "Nobody of that name\n")

    def test_delete_discards(self):
        self.assertEqual(self.deliver("nobody", action="delete").status, 0)

    def test_catch_all_path_is_a_home(self):
        self.assertEqual(self.deliver("nobody", action=os.path.dirname(self.alice)).status, 0)
        self.assertEqual(len(self.stored(self.alice)), 1)

    def test_catch_all_address_of_ours_is_delivered_here(self):
        self.assertEqual(self.deliver("nobody", action="alice@example.org").status, 0)
        self.assertEqual(len(self.stored(self.alice)), 1)

    def test_extension_reaches_the_user(self):
        self.assertEqual(self.deliver("bob-lists").status, 0)
        self.assertIn(b"Delivered-To: bob-lists@example.org\n", self.stored(self.bob)[0])

    def test_extension_is_unknown_without_the_setting(self):
        self.site.configure(qmail_ext="no")
        self.assertEqual(self.deliver("bob-lists").status, 100)

    def test_illegal_names_are_refused(self):
        for user, host, text in (("a b", "example.org", "invalid username\n"), ("bob", "ex ample", "invalid domain name\n"),
                                 ("../bob", "example.org", "invalid username\n"), ("x" * 65, "example.org", "invalid username\n")):
            result = self.deliver(user, HOST=host)
            self.assertEqual((result.status, result.out), (100, text), (user, host))

    def test_wrong_arguments_are_later(self):
        result = self.site.run("vdelivermail", "one")
        self.assertEqual((result.status, result.out), (111, "vdelivermail: invalid syntax in .qmail-default file\n"))

    def test_loop_by_header_is_refused(self):
        for line in (b"Delivered-To: bob@example.org\n", b"delivered-to:  BOB@example.org \n"):
            result = self.deliver("bob", body=line + BODY)
            self.assertEqual((result.status, result.out), (100, "mail is looping\n"))

    def test_the_name_in_the_body_is_no_loop(self):
        self.assertEqual(self.deliver("bob", body=b"Subject: x\n\nDelivered-To: bob@example.org\n").status, 0)

    def test_loop_by_dtline_is_refused(self):
        self.assertEqual(self.deliver("bob", DTLINE="Delivered-To: bob@example.org\n").status, 100)

    def test_locked_account_bounces(self):
        self.accounts.add("carol@example.org", flags=0x10)
        self.save()
        result = self.deliver("carol")
        self.assertEqual((result.status, result.out),
                         (100, "vdelivermail: account is locked email bounced carol@example.org\n"))

    def test_blank_home_is_made(self):
        self.accounts.add("dave@example.org", home="")
        self.save()
        self.assertEqual(self.deliver("dave").status, 0)
        self.assertEqual(len(self.stored(self.site.path("V/domains/example.org/dave/Maildir"))), 1)

    def test_missing_parts_of_a_maildir_are_made_again(self):
        for part in ("new", "tmp", "cur"):
            os.rmdir(os.path.join(self.bob, part))
            self.assertEqual(self.deliver("bob").status, 0)
            self.assertTrue(os.path.isdir(self.bob + "/new"))
            for name in os.listdir(self.bob + "/new"):
                os.unlink(self.bob + "/new/" + name)

    def test_link_in_the_place_of_a_part_is_later_and_nothing_goes_through_it(self):
        elsewhere = self.site.path("elsewhere")
        os.mkdir(elsewhere)
        self.site.give(elsewhere)
        for part in ("new", "tmp"):
            os.rmdir(os.path.join(self.bob, part))
            os.symlink(elsewhere, os.path.join(self.bob, part))
            result = self.deliver("bob")
            self.assertEqual(result.status, 111, repr(result))
            self.assertIn("is not a folder", result.out + result.err)
            self.assertEqual(os.listdir(elsewhere), [])
            os.unlink(os.path.join(self.bob, part))
            os.mkdir(os.path.join(self.bob, part))
            self.site.give(os.path.join(self.bob, part))

    def test_part_that_cannot_be_written_is_later_and_leaves_nothing(self):
        for part in ("new", "tmp"):
            os.chmod(os.path.join(self.bob, part), 0o500)
            result = self.deliver("bob")
            os.chmod(os.path.join(self.bob, part), 0o700)
            self.assertEqual(result.status, 111, repr(result))
            self.assertIn("Permission denied", result.out + result.err)
            self.assertEqual(os.listdir(self.bob + "/tmp") + os.listdir(self.bob + "/new"), [])

    def test_broken_store_is_later(self):
        for name in ("Q/users/cdb", "Q/users/assign"):
            self.site.write(name, b"\0" * 100)
        self.assertEqual(self.deliver("bob").status, 111)

    def test_damaged_accounts_are_later(self):
        for name in ("vpasswd", "vpasswd.cdb"):
            self.domain_file(name, "damaged")
        self.assertEqual(self.deliver("nobody").status, 111)

    def test_domain_without_folder_is_later(self):
        os.rename(self.site.path("V/domains/example.org"), self.site.path("V/domains/away"))
        self.assertEqual(self.deliver("bob").status, 111)


class DotQmailTest(Deliveries):
    def home_file(self, text, name=".qmail"):
        self.domain_file("bob/" + name, text)

    def test_comment_alone_discards(self):
        self.home_file("# delete\n")
        self.assertEqual(self.deliver("bob").status, 0)
        self.assertEqual(self.stored(self.bob), [])

    def test_empty_file_is_normal_delivery(self):
        self.home_file("")
        self.assertEqual(self.deliver("bob").status, 0)
        self.assertEqual(len(self.stored(self.bob)), 1)

    def test_maildir_line_and_local_forward_keep_two_copies(self):
        self.home_file("./Maildir/\n\n&alice@example.org\n")
        self.assertEqual(self.deliver("bob").status, 0)
        self.assertEqual((len(self.stored(self.bob)), len(self.stored(self.alice))), (1, 1))

    def test_forward_goes_through_qmail_queue(self):
        self.queue()
        self.home_file("&far@example.com\nother@example.com\n")
        self.assertEqual(self.deliver("bob").status, 0)
        self.assertEqual(self.queued(), [b"Fa@example.net\0Tfar@example.com\0Tother@example.com\0\0\n--\n"
                                         b"Delivered-To: bob@example.org\n" + BODY])

    def test_forward_without_a_queue_program_is_later(self):
        self.home_file("&far@example.com\n")
        self.assertEqual(self.deliver("bob").status, 111)

    def test_queue_codes_are_obeyed(self):
        self.home_file("&far@example.com\n")
        for code, expected in ((31, 100), (11, 100), (115, 100), (53, 111), (71, 111), (81, 111), (120, 111)):
            self.queue(code)
            self.assertEqual(self.deliver("bob").status, expected, code)

    def test_mbox_is_refused_clearly(self):
        self.home_file("./Mailbox\n")
        result = self.deliver("bob")
        self.assertEqual((result.status, result.out), (111, "can't handle mbox delivery for ./Mailbox\n"))

    def test_program_gets_message_and_environment(self):
        self.home_file("| cat > got; env | sort > env; pwd > cwd\n")
        self.assertEqual(self.deliver("bob", SECRET="x").status, 0)
        self.assertEqual(self.site.read("V/domains/example.org/bob/got"), BODY)
        environment = self.site.read("V/domains/example.org/bob/env").decode()
        for line in ("LOCAL=bob", "HOST=example.org", "SENDER=a@example.net", "RECIPIENT=bob@example.org",
                     "HOME=" + os.path.dirname(self.bob)):
            self.assertIn(line + "\n", environment)
        self.assertNotIn("SECRET", environment)
        self.assertEqual(self.site.read("V/domains/example.org/bob/cwd").decode().strip(), os.path.dirname(self.bob))

    def test_program_codes_are_obeyed(self):
        for code, expected in ((0, 0), (99, 0), (100, 100), (64, 100), (65, 100), (70, 100), (76, 100), (77, 100),
                               (78, 100), (112, 100), (1, 111), (111, 111), (127, 111)):
            self.home_file("|exit %d\n./Maildir/\n" % code)
            self.assertEqual(self.deliver("bob").status, expected, code)
        self.assertEqual(len(self.stored(self.bob)), 1, "exit 99 stops the lines behind it")

    def test_program_that_is_killed_is_later(self):
        self.home_file("|kill -9 $$\n")
        self.assertEqual(self.deliver("bob").status, 111)

    def test_program_is_ended_at_its_deadline(self):
        self.site.configure(program_seconds="1")
        self.home_file("|exec tail -f /dev/null\n")
        self.assertEqual(self.deliver("bob").status, 111)

    def test_extension_file_is_used_first(self):
        self.home_file("|exit 100\n", ".qmail-lists")
        self.home_file("|exit 111\n", ".qmail-a-default")
        self.assertEqual(self.deliver("bob-lists").status, 100)
        self.assertEqual(self.deliver("bob-a-b").status, 111)
        self.assertEqual(self.deliver("bob-other").status, 0)

    def test_unreadable_file_is_later(self):
        os.mkdir(self.site.path("V/domains/example.org/bob/.qmail"))
        self.assertEqual(self.deliver("bob").status, 111)

    def test_forward_circle_is_refused(self):
        self.home_file("&alice@example.org\n")
        self.domain_file("alice/.qmail", "&bob@example.org\n")
        result = self.deliver("bob")
        self.assertEqual((result.status, result.out),
                         (100, "mail is looping: bob@example.org -> alice@example.org -> bob@example.org\n"))


class QuotaTest(Deliveries):
    def set_quota(self, quota):
        self.accounts.domains["example.org"]["bob"] = self.accounts.domains["example.org"]["bob"].replace("NOQUOTA", quota)
        self.save()

    def test_over_quota_is_refused_with_the_text(self):
        self.set_quota("10S")
        result = self.deliver("bob")
        self.assertEqual((result.status, result.out), (100, "user is over quota\n"))
        self.domain_file(".over-quota.msg", "Full")
        self.assertEqual(self.deliver("bob").out, "Full\n")
        self.assertEqual(self.stored(self.bob), [])

    def test_the_last_byte_fits(self):
        size = len(b"Return-Path: <a@example.net>\nDelivered-To: bob@example.org\n" + BODY)
        self.set_quota("%dS" % size)
        self.assertEqual(self.deliver("bob").status, 0)
        self.assertEqual(self.deliver("bob").status, 100)
        self.assertEqual(self.site.read("V/domains/example.org/bob/Maildir/maildirsize").split(b"\n")[0], b"%dS" % size)

    def test_message_count_is_obeyed(self):
        self.set_quota("2C")
        self.assertEqual([self.deliver("bob").status for _ in range(3)], [0, 0, 100])

    def test_removed_mail_makes_room_at_once(self):
        self.set_quota("1C")
        self.assertEqual(self.deliver("bob").status, 0)
        os.unlink(os.path.join(self.bob, "new", self.names(self.bob)[0]))
        self.assertEqual(self.deliver("bob").status, 0, "counted again before it is refused")

    def test_warning_is_sent_once(self):
        self.set_quota("3C")
        self.domain_file(".quotawarn.msg", "Subject: nearly full\n\n")
        self.assertEqual([self.deliver("bob").status for _ in range(3)], [0, 0, 0])
        warnings = [text for text in self.stored(self.bob) if b"nearly full" in text]
        self.assertEqual(len(warnings), 1)
        self.assertTrue(warnings[0].startswith(b"Return-Path: <>\nDelivered-To: bob@example.org\nDate: "))

    def test_warning_is_counted_too(self):
        self.set_quota("3C,100000S")
        self.domain_file(".quotawarn.msg", "Subject: nearly full\n\n")
        self.assertEqual([self.deliver("bob").status for _ in range(3)], [0, 0, 0])
        sizes = [len(text) for text in self.stored(self.bob)]
        lines = self.site.read("V/domains/example.org/bob/Maildir/maildirsize").decode().splitlines()[1:]
        self.assertEqual([sum(int(line.split()[i]) for line in lines) for i in (0, 1)], [sum(sizes), len(sizes)])

    def test_domain_quota_is_obeyed(self):
        self.site.configure(domain_quotas="yes")
        self.domain_file(".qmailadmin-limits", "maxmsgcount 2\n")
        self.assertEqual([self.deliver(user).status for user in ("bob", "alice", "bob")], [0, 0, 100])
        os.unlink(os.path.join(self.bob, "new", self.names(self.bob)[0]))
        self.assertEqual(self.deliver("alice").status, 0)


if __name__ == "__main__":
    unittest.main()
