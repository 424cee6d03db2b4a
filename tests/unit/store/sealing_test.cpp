// A sealed store: no body, fact or dictionary stands in its files; a new key takes over; without keys it does not open.
#include "unit/store/database.hpp"

#include "store/maintenance.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <thread>

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr auto kCanary = "canary-of-a-body";

struct Sealed {
    Sealed() { BOOST_REQUIRE(KeyRing::add_key(key_file(), CipherKind::aes_256_gcm, {})); }
    std::string key_file() const { return (folder.path() / "keys").string(); }
    std::filesystem::path data() const { return folder.path() / "data"; }
    void bind() { BOOST_REQUIRE(KeyRing::bind(data().string(), key_file()).empty()); }
    /// In all files of the directory.
    bool is_readable(const std::string& text) const {
        for (const auto& file : std::filesystem::recursive_directory_iterator(data())) {
            if (!file.is_regular_file()) continue;
            std::ifstream in(file.path(), std::ios::binary);
            const std::string bytes(std::istreambuf_iterator<char>(in), {});
            if (bytes.find(text) != std::string::npos) return true;
        }
        return false;
    }
    static void tend(store::Store& store) {
        for (int step = 0; step < 1'000; ++step) {
            const auto more = store.tend();
            BOOST_REQUIRE(more);
            if (!*more) return;
        }
        BOOST_FAIL("there is always more to do");
    }
    static store::Commit with_fact(const std::string& id) {
        auto commit = commit_of({write_of("Patient", id, std::string(",\"note\":\"") + kCanary + "\"")});
        store::FactWrite fact;
        fact.table = "t";
        fact.key = id;
        fact.value = std::string("fact ") + kCanary;
        commit.facts.push_back(std::move(fact));
        return commit;
    }
    ScratchFolder folder;
};

std::string counted(const std::filesystem::path& data) {
    std::string out;
    for (const auto& [key, count] : store::count_keys(data.string()).value())
        out += (out.empty() ? "" : " ") + std::to_string(key) + ":" + std::to_string(count);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sealing)

BOOST_FIXTURE_TEST_CASE(nothing_that_was_written_stands_in_the_files_and_all_of_it_is_read, Sealed) {
    bind();
    {
        const auto store = open_in(data());
        must(store->commit_and_wait(with_fact("a")));
        put(*store, removal_of("Patient", "a"));
        must(store->commit_and_wait(with_fact("a")));
        const auto found = store->view()->current({"Patient", "a"});
        BOOST_REQUIRE((found && *found));
        BOOST_TEST((*found)->body.find(kCanary) != std::string::npos);
        BOOST_TEST(*store->fact("t", "a") == std::string("fact ") + kCanary);
        BOOST_TEST(store->facts("t", "", "~", 10).size() == 1U);
        BOOST_TEST(store->verify_log().empty());
        BOOST_TEST(!is_readable(kCanary));
    }
    const auto again = open_in(data());
    BOOST_TEST((*again->view()->version({"Patient", "a"}, 1))->body.find(kCanary) != std::string::npos);
    BOOST_TEST(counted(data()) == "1:2");
}

BOOST_FIXTURE_TEST_CASE(a_store_of_before_is_sealed_in_the_background, Sealed) {
    {
        const auto store = open_in(data());
        must(store->commit_and_wait(with_fact("a")));
        BOOST_TEST(is_readable(kCanary));
    }
    bind();
    const auto store = open_in(data());
    tend(*store);
    BOOST_TEST(counted(data()) == "1:1");
    BOOST_TEST(!is_readable(kCanary));
    BOOST_TEST(store->verify_log().empty());
    BOOST_TEST(*store->fact("t", "a") == std::string("fact ") + kCanary);
}

BOOST_FIXTURE_TEST_CASE(a_new_key_seals_at_once_and_then_everything, Sealed) {
    bind();
    const auto ring = KeyRing::open(key_file()).value();
    store::StoreOptions options;
    options.directory = data().string();
    options.keys = ring;
    const auto store = store::open_store(options).value();
    must(store->commit_and_wait(with_fact("a")));
    BOOST_REQUIRE(KeyRing::add_key(key_file(), CipherKind::sm4_ctr_hmac_sm3, {}));
    BOOST_REQUIRE(ring->reload().empty());
    must(store->commit_and_wait(with_fact("b")));
    BOOST_TEST(counted(data()) == "1:1 2:1");
    tend(*store);
    BOOST_TEST(counted(data()) == "2:2");
    BOOST_TEST(*store->fact("t", "a") == std::string("fact ") + kCanary);
    BOOST_TEST(store->verify_log().empty());
}

BOOST_FIXTURE_TEST_CASE(a_sealed_store_does_not_open_without_its_keys, Sealed) {
    bind();
    must(open_in(data())->commit_and_wait(with_fact("a")));
    std::filesystem::remove(data() / "key-file");
    store::StoreOptions options;
    options.directory = data().string();
    BOOST_TEST(rule_of(store::open_store(options).error()) == "keys-missing");
    std::filesystem::remove(key_file());
    BOOST_REQUIRE(KeyRing::add_key(key_file(), CipherKind::aes_256_gcm, {}));
    bind();
    // The number is right and the key is not.
    BOOST_TEST(rule_of(store::open_store(options).error()) == "keys-wrong");
    // The same of a store from before there were proofs: its bodies tell.
    execute(data(), "DELETE FROM fact WHERE name = 'key-check'");
    BOOST_TEST(rule_of(store::open_store(options).error()) == "keys-wrong");
}

BOOST_FIXTURE_TEST_CASE(an_older_key_must_still_be_the_one_that_it_was, Sealed) {
    bind();
    must(open_in(data())->commit_and_wait(with_fact("a")));
    BOOST_REQUIRE(KeyRing::add_key(key_file(), CipherKind::aes_256_gcm, {}));
    tend(*open_in(data()));
    std::filesystem::remove(key_file());
    BOOST_REQUIRE(KeyRing::add_key(key_file(), CipherKind::aes_256_gcm, {}));
    store::StoreOptions options;
    options.directory = data().string();
    BOOST_TEST(rule_of(store::open_store(options).error()) == "keys-missing");
}

BOOST_FIXTURE_TEST_CASE(a_damaged_row_is_passed_over_and_told_once, Sealed) {
    bind();
    {
        const auto store = open_in(data());
        for (const auto* id : {"a", "b", "c"}) must(store->commit_and_wait(with_fact(id)));
    }
    execute(data(), "UPDATE version SET body = zeroblob(50) WHERE vid = 2");
    execute(data(), "UPDATE fact SET value = CAST(substr(value, 1, 5) || zeroblob(40) AS BLOB) WHERE name = 't' AND key = 'b'");
    BOOST_REQUIRE(KeyRing::add_key(key_file(), CipherKind::aes_256_gcm, {}));
    {
        const auto store = open_in(data());
        auto more = store->tend();
        for (int step = 0; step < 100 && more && *more; ++step) more = store->tend();
        BOOST_TEST(rule_of(more.error()) == "store-unopened");
        BOOST_TEST(!store->tend().value());
        must(store->commit_and_wait(with_fact("d")));
        BOOST_TEST(!store->tend().value()); // no new pass for every commit
        BOOST_TEST(*store->fact("t", "c") == std::string("fact ") + kCanary);
    }
    BOOST_TEST(counted(data()) == "1:1 2:3");
    BOOST_TEST(number_of(data(), "SELECT count(*) FROM counter WHERE name = 'sealed' AND value = 2") == 0);
}

BOOST_FIXTURE_TEST_CASE(a_body_that_was_packed_before_a_rotation_is_written_with_the_new_key, Sealed) {
    bind();
    const auto ring = KeyRing::open(key_file()).value();
    store::StoreOptions options;
    options.directory = data().string();
    options.keys = ring;
    const auto store = store::open_store(options).value();
    std::promise<void> rotated;
    std::atomic<bool> stands_still = false;
    store->on_commit([&, may_go_on = rotated.get_future().share()](store::LogTime) {
        stands_still = true;
        may_go_on.wait();
    });
    const auto wait_until = [](auto holds) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!holds() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
        BOOST_TEST(holds());
    };
    must(store->commit_and_wait(with_fact("a")));
    wait_until([&] { return stands_still.load(); });
    std::thread writing([&] { must(store->commit_and_wait(with_fact("b"))); });
    wait_until([&] {
        const auto counters = store->counters();
        return std::any_of(counters.begin(), counters.end(), [](const auto& one) { return one.first == "waiting" && one.second == 1; });
    });
    BOOST_REQUIRE(KeyRing::add_key(key_file(), CipherKind::aes_256_gcm, {}));
    BOOST_TEST(ring->reload().empty());
    rotated.set_value();
    writing.join();
    BOOST_TEST(counted(data()) == "1:1 2:1");
    BOOST_TEST(number_of(data(), "SELECT count(*) FROM fact WHERE name = 'key-check'") == 2);
}

BOOST_FIXTURE_TEST_CASE(the_writer_overwrites_what_it_deletes, Sealed) {
    must(open_in(data())->commit_and_wait(with_fact("a")));
    {
        const auto store = open_in(data());
        store::FactWrite gone;
        gone.table = "t";
        gone.key = "a";
        gone.erase = true;
        BOOST_REQUIRE(store->write_facts({gone}));
    }
    BOOST_TEST(!is_readable(std::string("fact ") + kCanary));
}

BOOST_FIXTURE_TEST_CASE(a_copy_is_as_sealed_as_its_store, Sealed) {
    bind();
    must(open_in(data())->commit_and_wait(with_fact("a")));
    const auto copy = data() / "copy";
    std::filesystem::create_directory(copy);
    BOOST_REQUIRE(store::copy_database(data().string(), (copy / "huitong.db").string()));
    BOOST_TEST(!is_readable(kCanary));
    BOOST_TEST(store::check_database(copy.string()).empty());
    BOOST_TEST(counted(copy) == "1:1");
}

BOOST_AUTO_TEST_SUITE_END()
