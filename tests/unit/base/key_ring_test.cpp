// Keys and sealing: what is changed, moved or of another key does not open. Source: NIST SP 800-38D; GB/T 32907, 32905.
#include "base/journal.hpp"
#include "base/key_ring.hpp"
#include "support/files.hpp"
#include "support/folder.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

using namespace huitong;
using tests::Folder;
using tests::rule_of;

namespace {

constexpr CipherKind kKinds[] = {CipherKind::aes_256_gcm, CipherKind::sm4_ctr_hmac_sm3};

std::string text_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& file, const std::string& text, unsigned mode = 0600) {
    std::ofstream(file, std::ios::binary) << text;
    ::chmod(file.c_str(), mode);
}

std::string with_flipped(std::string text, std::size_t at) {
    text[at] = static_cast<char>(text[at] ^ 1);
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(key_ring)

BOOST_DATA_TEST_CASE(what_is_sealed_opens_and_nothing_else_does, boost::unit_test::data::make({0, 1}), index) {
    const Cipher cipher(kKinds[index], random_key()), other(kKinds[index], random_key());
    for (const auto& plain : {std::string(), std::string("x"), std::string(70'000, 'y')}) {
        const auto sealed = cipher.seal(plain, "body");
        BOOST_TEST(cipher.open(sealed, "body").value() == plain);
        BOOST_TEST(cipher.seal(plain, "body") != sealed); // a nonce of its own each time
        BOOST_TEST(!cipher.open(sealed, "inbox"));
        BOOST_TEST(!other.open(sealed, "body"));
        for (const auto at : {std::size_t{0}, sealed.size() / 2, sealed.size() - 1})
            BOOST_TEST(!cipher.open(with_flipped(sealed, at), "body"));
        BOOST_TEST(!cipher.open(sealed.substr(0, sealed.size() - 1), "body"));
    }
    BOOST_TEST(!cipher.open("", "body"));
    BOOST_TEST(cipher.seal("王秀英", "body").find("王秀英") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_new_key_seals_and_the_old_one_still_opens) {
    const Folder folder;
    const auto file = folder.file("keys");
    BOOST_TEST(KeyRing::add_key(file, CipherKind::aes_256_gcm, {}).value() == 1U);
    const auto ring = KeyRing::open(file).value();
    const auto before = ring->wrap("one", "x");
    BOOST_TEST(KeyRing::add_key(file, CipherKind::sm4_ctr_hmac_sm3, {}).value() == 2U);
    BOOST_TEST(ring->current() == 1U); // until it is told
    BOOST_TEST(ring->reload().empty());
    BOOST_TEST(ring->current() == 2U);
    const auto after = ring->wrap("two", "x");
    BOOST_TEST(KeyRing::key_of(before).value() == 1U);
    BOOST_TEST(KeyRing::key_of(after).value() == 2U);
    BOOST_TEST(ring->unwrap(before, "x").value() == "one");
    BOOST_TEST(ring->unwrap(after, "x").value() == "two");
    struct stat found {};
    BOOST_REQUIRE(::stat(file.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777U) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_key_file_that_is_wrong_is_refused_with_its_reason) {
    const Folder folder;
    const auto file = folder.file("keys");
    const auto rule = [&] { return rule_of(KeyRing::open(file).error()); };
    BOOST_TEST(rule() == "keys-file");
    write_file(file, "# nothing\n");
    BOOST_TEST(rule() == "keys-none");
    write_file(file, "1 aes-256-gcm now c2hvcnQ=\n");
    BOOST_TEST(rule() == "keys-line");
    BOOST_REQUIRE(::unlink(file.c_str()) == 0);
    BOOST_REQUIRE(KeyRing::add_key(file, CipherKind::aes_256_gcm, {}));
    const auto good = text_of(file);
    write_file(file, good + good.substr(good.find('\n') + 1)); // the number twice
    BOOST_TEST(rule() == "keys-line");
    write_file(file, good, 0640);
    BOOST_TEST(rule() == "keys-mode");
    write_file(file, good, 0600);
    BOOST_TEST(KeyRing::open(file).has_value());
}

BOOST_AUTO_TEST_CASE(a_changed_or_missing_key_is_not_taken_over) {
    const Folder folder;
    const auto file = folder.file("keys"), other = folder.file("other");
    BOOST_REQUIRE(KeyRing::add_key(file, CipherKind::aes_256_gcm, {}));
    BOOST_REQUIRE(KeyRing::add_key(other, CipherKind::aes_256_gcm, {}));
    const auto ring = KeyRing::open(file).value();
    const auto good = text_of(file);
    const auto sealed = ring->wrap("one", "x");
    write_file(file, text_of(other));
    BOOST_TEST(rule_of(ring->reload()) == "keys-wrong");
    BOOST_REQUIRE(KeyRing::add_key(other, CipherKind::aes_256_gcm, {}));
    const auto two = text_of(other);
    write_file(file, two.substr(two.find("\n2 ") + 1));
    BOOST_TEST(rule_of(ring->reload()) == "keys-missing");
    BOOST_TEST(ring->unwrap(sealed, "x").value() == "one");
    write_file(file, good);
    BOOST_TEST(ring->reload().empty());
}

BOOST_AUTO_TEST_CASE(keys_that_are_added_at_once_all_get_their_number) {
    const Folder folder;
    const auto file = folder.file("keys");
    constexpr unsigned kThreads = 8, kKeys = 10;
    std::vector<std::thread> threads;
    std::atomic<unsigned> failed = 0;
    for (unsigned thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&] {
            for (unsigned key = 0; key < kKeys; ++key) failed += KeyRing::add_key(file, CipherKind::aes_256_gcm, {}) ? 0 : 1;
        });
    }
    for (auto& thread : threads) thread.join();
    BOOST_TEST(failed == 0U);
    BOOST_TEST(KeyRing::open(file).value()->list().size() == kThreads * kKeys);
}

BOOST_AUTO_TEST_CASE(a_key_file_behind_a_link_keeps_its_place_owner_and_mode) {
    const Folder folder;
    const auto file = folder.file("keys"), link = folder.file("link");
    BOOST_REQUIRE(KeyRing::add_key(file, CipherKind::aes_256_gcm, {}));
    BOOST_REQUIRE(::chmod(file.c_str(), 0400) == 0);
    constexpr uid_t kOther = 4'711;
    const bool may_give = ::chown(file.c_str(), kOther, kOther) == 0; // root alone may
    BOOST_REQUIRE(::symlink(file.c_str(), link.c_str()) == 0);
    const auto added = KeyRing::add_key(link, CipherKind::aes_256_gcm, {});
    if (!may_give) return; // nor may it write then
    BOOST_TEST(added.value() == 2U);
    struct stat found {};
    BOOST_REQUIRE(::lstat(link.c_str(), &found) == 0);
    BOOST_TEST(S_ISLNK(found.st_mode));
    BOOST_REQUIRE(::stat(file.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777U) == 0400U);
    BOOST_TEST(found.st_uid == kOther);
}

BOOST_AUTO_TEST_CASE(a_pointer_to_keys_that_cannot_be_read_does_not_say_unsealed) {
    const Folder folder;
    BOOST_REQUIRE(::symlink("key-file", folder.file("key-file").c_str()) == 0); // leads to itself
    BOOST_TEST(rule_of(KeyRing::of_directory(folder.path().string()).error()) == "keys-file");
}

BOOST_AUTO_TEST_CASE(a_directory_names_its_key_file) {
    const Folder folder;
    BOOST_TEST(KeyRing::of_directory(folder.path().string()).value() == nullptr);
    BOOST_REQUIRE(KeyRing::add_key(folder.file("keys"), CipherKind::aes_256_gcm, {}));
    BOOST_REQUIRE(KeyRing::bind(folder.file("data"), folder.file("keys")).empty());
    BOOST_TEST(KeyRing::of_directory(folder.file("data")).value()->current() == 1U);
    BOOST_TEST(text_of(folder.file("data/key-file")) == folder.file("keys") + "\n");
}

BOOST_AUTO_TEST_CASE(a_journal_with_keys_holds_no_plain_payload_and_is_checked_without_them) {
    const Folder folder;
    BOOST_REQUIRE(KeyRing::add_key(folder.file("keys"), CipherKind::aes_256_gcm, {}));
    JournalOptions options;
    options.directory = folder.file("journal");
    {
        // Written before there were keys: stays readable.
        BOOST_REQUIRE(Journal::open(options).value()->append_and_wait("plain record"));
    }
    options.keys = KeyRing::open(folder.file("keys")).value();
    {
        const auto journal = Journal::open(options).value();
        BOOST_REQUIRE(journal->append_and_wait("canary record"));
        std::vector<std::string> read;
        BOOST_REQUIRE(journal->walk(0, [&](const JournalRecord& record) {
            read.push_back(record.payload);
            return true;
        }));
        BOOST_TEST(read == (std::vector<std::string>{"plain record", "canary record"}), boost::test_tools::per_element());
        BOOST_TEST(journal->verify().empty());
    }
    const auto bytes = text_of(folder.file("journal/00000001.journal"));
    BOOST_TEST(bytes.find("plain record") != std::string::npos);
    BOOST_TEST(bytes.find("canary") == std::string::npos);
    BOOST_TEST(inspect_journal(options.directory, [](const JournalRecord&) {}).empty());
    options.keys = nullptr;
    const auto without = Journal::open(options).value();
    BOOST_TEST(without->verify().empty());
    BOOST_TEST(rule_of(without->walk(0, [](const JournalRecord&) { return true; }).error()) == "journal-key");
}

// Keys of a token or a key service stand on no disk.
BOOST_AUTO_TEST_CASE(a_key_file_that_may_be_run_is_run) {
    const Folder folder;
    const auto plain = (folder.path() / "plain").string(), program = (folder.path() / "program").string();
    BOOST_REQUIRE(KeyRing::add_key(plain, CipherKind::aes_256_gcm, Instant{0}));
    write_file(program, "#!/bin/sh\nread nothing\ncat <<END\n" + text_of(plain) + "END\n", 0700);
    const auto from_program = KeyRing::open(program), from_file = KeyRing::open(plain);
    BOOST_REQUIRE((from_program && from_file));
    const auto sealed = (*from_program)->seal("text", "body");
    BOOST_TEST((*from_file)->unseal(sealed.number, sealed.bytes, "body").value_or("") == "text");
    BOOST_TEST(rule_of(KeyRing::add_key(program, CipherKind::aes_256_gcm, Instant{0}).error()) == "keys-program");
    // Keys that were copied with a careless mode are no program.
    write_file(program, text_of(plain), 0700);
    BOOST_TEST(KeyRing::open(program).has_value());
    write_file(program, "#!/bin/sh\ncat " + plain + "\nexit 1\n", 0700);
    BOOST_TEST(rule_of(KeyRing::open(program).error()) == "keys-file");
    // Nobody is told how a program ended where SIGCHLD is ignored: it did not end well.
    auto* const before = std::signal(SIGCHLD, SIG_IGN);
    BOOST_TEST(rule_of(KeyRing::open(program).error()) == "keys-file");
    std::signal(SIGCHLD, before);
    write_file(program, "#!/bin/sh\nhead -c 2000000 /dev/zero\n", 0700);
    BOOST_TEST(rule_of(KeyRing::open(program).error()) == "keys-file");
    write_file(program, "#!/bin/sh\ncat " + plain + "\n", 0750); // others may read it
    BOOST_TEST(rule_of(KeyRing::open(program).error()) == "keys-mode");
}

BOOST_AUTO_TEST_SUITE_END()
