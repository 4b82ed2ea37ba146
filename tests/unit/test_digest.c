/* digest.c; vectors of RFC 1321, FIPS 180, RFC 2202, RFC 4231, RFC 6070, RFC 7914 and RFC 4648 */
#include "config.h"

#include "support.h"
#include "util/digest.h"

static void assert_hex(const unsigned char *bytes, size_t length, const char *expected)
{
	char text[2 * 128 + 1];

	vm_hex_encode(bytes, length, text);
	assert_string_equal(text, expected);
}

static void digests_of_abc(void **state)
{
	static const char *const expected[] = {
		"900150983cd24fb0d6963f7d28e17f72",
		"a9993e364706816aba3e25717850c26c9cd0d89d",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	};
	unsigned char out[VM_DIGEST_MAX];

	(void)state;
	for (int kind = VM_DIGEST_MD5; kind <= VM_DIGEST_SHA512; kind++) {
		vm_digest((enum vm_digest_kind)kind, "abc", 3, out);
		assert_hex(out, vm_digest_size((enum vm_digest_kind)kind), expected[kind]);
		vm_digest_pair((enum vm_digest_kind)kind, "a", 1, "bc", 2, out);
		assert_hex(out, vm_digest_size((enum vm_digest_kind)kind), expected[kind]);
	}
}

static void hmacs_with_the_key_jefe(void **state)
{
	static const char *const expected[] = {
		"750c783e6ab0b503eaa86e310a5db738",
		"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
	};
	unsigned char out[VM_DIGEST_MAX];

	(void)state;
	for (int kind = VM_DIGEST_MD5; kind <= VM_DIGEST_SHA512; kind++) {
		vm_digest_hmac((enum vm_digest_kind)kind, "Jefe", 4, "what do ya want for nothing?",
			       28, out);
		assert_hex(out, vm_digest_size((enum vm_digest_kind)kind), expected[kind]);
	}
}

static void pbkdf2_of_the_rfcs(void **state)
{
	unsigned char out[64];

	(void)state;
	assert_true(vm_digest_pbkdf2(VM_DIGEST_SHA1, "password", 8, "salt", 4, 4096, out, 20));
	assert_hex(out, 20, "4b007901b765489abead49d926f721d065a429c1");
	assert_true(vm_digest_pbkdf2(VM_DIGEST_SHA256, "passwd", 6, "salt", 4, 1, out, 64));
	assert_hex(out, 64,
		   "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
		   "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783");
	assert_true(vm_digest_pbkdf2(VM_DIGEST_SHA512, "password", 8, "salt", 4, 1, out, 64));
	assert_hex(out, 64,
		   "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252"
		   "c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce");
	assert_false(vm_digest_pbkdf2(VM_DIGEST_SHA512, "password", 8, "salt", 4, 0, out, 64));
	assert_false(vm_digest_pbkdf2(VM_DIGEST_MD5, "password", 8, "salt", 4, 1, out, 16));
}

static void hex_is_strict(void **state)
{
	unsigned char out[4];
	size_t length = 9;

	(void)state;
	assert_true(vm_hex_decode("00fFa5", 6, out, sizeof out, &length));
	assert_int_equal(length, 3);
	assert_memory_equal(out, "\x00\xff\xa5", 3);
	assert_false(vm_hex_decode("0", 1, out, sizeof out, &length));
	assert_false(vm_hex_decode("0g", 2, out, sizeof out, &length));
	assert_false(vm_hex_decode("0011223344", 10, out, sizeof out, &length));
	assert_true(vm_hex_decode("", 0, out, sizeof out, &length));
	assert_int_equal(length, 0);
}

static void base64_goes_both_ways(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		char out[16];
		size_t length = 99;
		struct vm_buf text;

		vm_buf_init(&text, 100);
		vm_base64_encode(&text, pairs[i][0], strlen(pairs[i][0]));
		assert_string_equal(text.bytes, pairs[i][1]);
		vm_buf_release(&text);
		assert_true(vm_base64_decode(pairs[i][1], strlen(pairs[i][1]), out, sizeof out,
					     &length));
		assert_int_equal(length, strlen(pairs[i][0]));
		assert_memory_equal(out, pairs[i][0], length);
	}
}

static void base64_has_one_spelling_only(void **state)
{
	static const char *const bad[] = {
		"Zg",       "Zg=",    "Zh==", "Zm9=",     "Z===", "====",
		"Zg==Zg==", "Zm9v\n", "Zm 9", "Zm9vYg=a", "-_-_", "=Zg="
	};
	char out[16];
	size_t length = 0;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(vm_base64_decode(bad[i], strlen(bad[i]), out, sizeof out, &length));
	assert_false(vm_base64_decode("Zm9v", 4, out, 2, &length));
	assert_true(vm_base64_decode("Zm8=", 4, out, 2, &length));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_of_abc),
		cmocka_unit_test(hmacs_with_the_key_jefe),
		cmocka_unit_test(pbkdf2_of_the_rfcs),
		cmocka_unit_test(hex_is_strict),
		cmocka_unit_test(base64_goes_both_ways),
		cmocka_unit_test(base64_has_one_spelling_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
