/* Tests of core/password_hash.h: known answers made by other software, damage, cost. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/password_hash.h"

static const char password[] = "correct horse";

/* A stored text of that password, and how slow it is: damage is tried at every `step`-th byte. */
struct vector {
	const char *stored;
	size_t step;
};

static const struct vector vectors[] = {
	/* doveadm pw -s SCHEME -p 'correct horse' of Dovecot 2.3.19 */
	{ "{PLAIN}correct horse", 1 },
	{ "{PLAIN.B64}Y29ycmVjdCBob3JzZQ==", 1 },
	{ "{CRYPT}$2y$05$lfv2SJSIKqkc9bCU3uBTWeINWxZEGqnIVdTwjelNbhXG8/lHw2.kO", 3 },
	{ "{DES-CRYPT}IPf9zsFoSpjz2", 1 },
	{ "{MD5-CRYPT}$1$SJTiTNRj$pISUA4SeQLyuMiJWXvcQx.", 1 },
	{ "{SHA256-CRYPT}$5$gdFAr5aLNR0QbOYg$S4jHN5cKhFbvp0kDHDcHEQnKw2x1KeVyova6wlBTanA", 3 },
	{ "{SHA512-CRYPT}$6$qB4zbDoVpz3GA8iU$iuV1HpTzjmcz2FBIXPAaBvwC2PD6d0T1GLEu6aKREMBZbK/"
	  "KuTKj/UmLXg6uwlX1GCNcDcw/iA/9DvJnI2qNf.",
	  5 },
	{ "{BLF-CRYPT}$2y$05$46AM51rpOWtpWkah6xXaV.EG0adSsHOx1rNln9XVZ6KeenYqpdZj6", 3 },
	{ "{PLAIN-MD5}3cb4e732631f47e6eb961f34554b7cde", 1 },
	{ "{PLAIN-MD5.B64}PLTnMmMfR+brlh80VUt83g==", 1 },
	{ "{LDAP-MD5}PLTnMmMfR+brlh80VUt83g==", 1 },
	{ "{SMD5}Gy9rCfQVwY82a5YQArJr3OkTmLg=", 1 },
	{ "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=", 1 },
	{ "{SHA1}L55TUjtiq8FBorTWAZ0jy6g129A=", 1 },
	{ "{SHA.HEX}2f9e53523b62abc141a2b4d6019d23cba835dbd0", 1 },
	{ "{SSHA}0xAxAfUCoT6Cpr9WmQFb9fqjzItm9A44", 1 },
	{ "{SHA256}QQTTb42iwlQ0n4WDZ5Pr4CngyVcGOjTJHC6SAxh7VjE=", 1 },
	{ "{SHA256.HEX}4104d36f8da2c254349f85836793ebe029e0c957063a34c91c2e9203187b5631", 1 },
	{ "{SSHA256}90Yhu/Mep/kG4gXYaGlm5UsdW32G4o5iGjCjtE4JaAI2rBXe", 1 },
	{ "{SSHA256.HEX}"
	  "7a4b61384ea27b344e150c2737eec2ce7ff3a8848d0f873799f4bb0ba9909ff3ffae4570",
	  1 },
	{ "{SHA512}VraY3v7bWkNbY0r+MyC7rz/c2SC2xQOkRvx7endrKY1HnRumqLYXgI6wv1ec6aldZoNHvKtxSQhayTyy"
	  "eZUZew==",
	  1 },
	{ "{SSHA512}8U5EojfY21v7I6e+bEvr55YDBYNAW9ik9XMtCH0y+w6ZL+C9PFJ/"
	  "ieVmHJg4TA+qYNqYSdPY9x6HSgmbTCgQL7jsrss=",
	  1 },
	{ "{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$uvduMfCODGdp+x1unLRN6w$fJ/"
	  "rwddpAcy6beOakuayEbJFjSUP0CcKCXfLfKrWcfM",
	  29 },
	{ "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$5dbYhV1g1WqRjkb0iaGcJw$"
	  "a4f41DzPnIJhItd5rgbl5w+3L5qRkfTlBKyoIIVHAiY",
	  31 },
	{ "{PBKDF2}$1$urGhCjqf/Y39CAXV$5000$230d627131bce538de304d68c4d178fec29d1578", 3 },
	{ "{CRAM-MD5}38b57fd1a0c4b46c814aa05f20318edd71c455380655f2c0ac35c5b359528d29", 1 },
	{ "{SCRAM-SHA-1}4096,D2eNde7EgFZsA1N8gTvlKg==,SKBrcyEOjeJCfRg3w1W9asSkUZ8=,"
	  "uGTKWQeRRqs9yoQsyhKpIXgLVcA=",
	  3 },
	{ "{SCRAM-SHA-256}4096,FnPGsbrxD3ly7WY9T1ouew==,"
	  "UiEz1sOf718XGXoxWEm4oEwMIEMalkb07vxrkKzqBYU="
	  ",ATlbo2IUEw8oImcbZIcqs5IrAl+F7Z2tNaWJOYYdS2w=",
	  3 },
	/* openssl passwd -1 and -6 -salt abcdefgh 'correct horse' of OpenSSL 3 */
	{ "$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80", 1 },
	{ "$6$abcdefgh$yIZAF3gQPvtKZO/9qOJKffAKKbtS3ef3qmwyugk4uWVjX8YZf/"
	  "GV3A8SkFxEPY0T56CcilGrHKLffBsp6dLMG.",
	  5 },
	/* crypt(3) of libxcrypt 4.4, through Python's ctypes */
	{ "abhfCpXqd4GrI", 1 },
	{ "$5$rounds=1000$saltstring$95Bg/RfV2QriLpMdLPHK9el0Ighm6E3CBqMKzZKgCa2", 3 },
	{ "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", 3 },
	{ "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", 3 },
	{ "$7$A6....1....SodiumChloride$C9ZGAQ260LB6Ddi3g53tbjLBOt.3i2eTOx5pfyFmU./", 7 },
	{ "$y$j75$saltsalt$5wlMXHz82Iqiv0ywbT8h3LCVssbi3h0Xh43jM7E7Tr2", 7 },
	{ "$gy$j75$saltsalt$Xm9A06cSx8F8nMilXIOZasjGmTGYYPpDSSFrTJ5xad2", 7 },
};

static enum vm_status verify(const char *clear, const char *stored)
{
	struct vm_secret secret;
	struct vm_error err = { .status = VM_OK };
	enum vm_status status = VM_INTERNAL;

	assert_true(vm_secret_set(&secret, clear, strlen(clear)));
	status = vm_password_verify(&secret, stored, &err);
	vm_secret_wipe(&secret);
	return status;
}

static void the_password_of_every_known_answer_is_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		print_message("%.30s\n", vectors[i].stored);
		assert_int_equal(verify(password, vectors[i].stored), VM_OK);
	}
}

static void every_other_password_is_wrong(void **state)
{
	static const char *const others[] = { "correct hors", "Correct horse", "" };

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
		for (size_t j = 0; j < sizeof others / sizeof others[0]; j++) {
			/* DES knows eight bytes only: "correct " is the same password to it. */
			const bool is_des = strstr(vectors[i].stored, "$") == NULL &&
					    strlen(vectors[i].stored) % 13 < 12 && j == 0 &&
					    (strncmp(vectors[i].stored, "ab", 2) == 0 ||
					     strncmp(vectors[i].stored, "{DES", 4) == 0);

			if (!is_des)
				assert_int_equal(verify(others[j], vectors[i].stored), VM_DENIED);
		}
}

static void a_cut_text_verifies_nothing(void **state)
{
	char text[VM_HASH_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
		for (size_t length = 0; length < strlen(vectors[i].stored);
		     length += vectors[i].step) {
			memcpy(text, vectors[i].stored, length);
			text[length] = '\0';
			if (verify(password, text) == VM_OK)
				fail_msg("%s verifies", text);
		}
}

static void a_changed_text_verifies_nothing(void **state)
{
	char text[VM_HASH_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
		for (size_t at = 0; at < strlen(vectors[i].stored); at += vectors[i].step) {
			memcpy(text, vectors[i].stored, strlen(vectors[i].stored) + 1);
			text[at] = text[at] == '#' ? '%' : '#'; /* in no alphabet of hashes */
			if (verify(password, text) == VM_OK)
				fail_msg("%s verifies", text);
		}
}

static void locked_and_unknown_texts_are_invalid(void **state)
{
	static const char *const texts[] = { "*",
					     "!",
					     "!!",
					     "*LK*",
					     "{NONSENSE}text",
					     "{SHA}",
					     "{SHA}not base64",
					     "$99$unknown$x",
					     "{PBKDF2}$1$$$",
					     "{SHA256.HEX}zz" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_int_equal(verify(password, texts[i]), VM_INVALID);
}

static void a_text_that_would_cost_minutes_is_invalid_at_once(void **state)
{
	static const char *const texts[] = {
		"$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
		"$6$rounds=999999999$saltstring$"
		"YiR6NSM0LQXmu7vAhkMXfkdYk7qtFouVx1Mdr3HmzXspT8kONjlp"
		"U3CsV7ezCB62uXJoAdaagsH4ck7/tB9js.",
		"$7$U6....1....SodiumChloride$C9ZGAQ260LB6Ddi3g53tbjLBOt.3i2eTOx5pfyFmU./",
		"$y$jT5$saltsalt$5wlMXHz82Iqiv0ywbT8h3LCVssbi3h0Xh43jM7E7Tr2",
		"{ARGON2ID}$argon2id$v=19$m=4194304,t=300,p=1$5dbYhV1g1WqRjkb0iaGcJw$"
		"a4f41DzPnIJhItd5rgbl5w+3L5qRkfTlBKyoIIVHAiY",
		"{PBKDF2}$1$urGhCjqf/Y39CAXV$4294967295$230d627131bce538de304d68c4d178fec29d1578",
		"{SCRAM-SHA-256}4294967295,FnPGsbrxD3ly7WY9T1ouew==,"
		"UiEz1sOf718XGXoxWEm4oEwMIEMalkb07vxrkKzqBYU=,"
		"ATlbo2IUEw8oImcbZIcqs5IrAl+F7Z2tNaWJOYYdS2w=",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		alarm(20); /* ends a test that hangs */
		assert_int_equal(verify(password, texts[i]), VM_INVALID);
	}
	alarm(0);
}

static void what_is_made_is_verified_salted_and_current(void **state)
{
	static const struct {
		const char *scheme;
		uint32_t cost;
	} made[] = { { "yescrypt", 1 },  { "gost-yescrypt", 1 }, { "scrypt", 6 },  { "bcrypt", 4 },
		     { "sha512", 1000 }, { "sha256", 1000 },     { "md5", 0 },     { "des", 0 },
		     { "argon2id", 0 },  { "argon2i", 0 },       { "ssha512", 0 }, { "ssha256", 0 },
		     { "ssha", 0 } };
	char one[VM_HASH_MAX + 1], two[VM_HASH_MAX + 1];
	struct vm_secret secret;
	struct vm_error err = { .status = VM_OK };

	(void)state;
	assert_true(vm_secret_set(&secret, password, strlen(password)));
	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
		print_message("%s\n", made[i].scheme);
		assert_int_equal(vm_password_hash(&secret, made[i].scheme, made[i].cost, one, &err),
				 VM_OK);
		assert_int_equal(vm_password_hash(&secret, made[i].scheme, made[i].cost, two, &err),
				 VM_OK);
		assert_string_not_equal(one, two);
		assert_int_equal(verify(password, one), VM_OK);
		assert_int_equal(verify("correct hors", one),
				 strcmp(made[i].scheme, "des") == 0 ? VM_OK : VM_DENIED);
		assert_int_equal(vm_password_check_stored(one, &err), VM_OK);
		assert_true(vm_password_is_current(one, made[i].scheme, made[i].cost));
		assert_false(vm_password_is_current(
			"$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80",
			strcmp(made[i].scheme, "md5") == 0 ? "sha512" : made[i].scheme,
			made[i].cost));
	}
	assert_int_equal(vm_password_hash(&secret, "rot13", 0, one, &err), VM_MISCONFIG);
	vm_secret_wipe(&secret);
}

static void responses_to_challenges_are_those_of_the_rfcs(void **state)
{
	(void)state;
	/* RFC 1939 section 7, RFC 2195 section 2 */
	assert_true(vm_password_apop_matches("<1896.697170952@dbc.mtview.ca.us>", "tanstaaf",
					     "c4c9334bac560ecc979e58001b3e22fb"));
	assert_false(vm_password_apop_matches("<1896.697170952@dbc.mtview.ca.us>", "tanstaaF",
					      "c4c9334bac560ecc979e58001b3e22fb"));
	assert_true(vm_password_cram_md5_matches("<1896.697170952@postoffice.reston.mci.net>",
						 "tanstaaftanstaaf",
						 "b913a602c7eda7a495b4e6e7334d3890"));
	assert_false(vm_password_cram_md5_matches("<1896.697170952@postoffice.reston.mci.net>",
						  "tanstaaf", "b913a602c7eda7a495b4e6e7334d3890"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_password_of_every_known_answer_is_right),
		cmocka_unit_test(every_other_password_is_wrong),
		cmocka_unit_test(a_cut_text_verifies_nothing),
		cmocka_unit_test(a_changed_text_verifies_nothing),
		cmocka_unit_test(locked_and_unknown_texts_are_invalid),
		cmocka_unit_test(a_text_that_would_cost_minutes_is_invalid_at_once),
		cmocka_unit_test(what_is_made_is_verified_salted_and_current),
		cmocka_unit_test(responses_to_challenges_are_those_of_the_rfcs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
