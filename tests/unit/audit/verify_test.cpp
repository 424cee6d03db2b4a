// What a tampered copy of the two logs is found by: the first bad record is named. Source: trust goal S5.
#include "store/sqlite/connection.hpp"
#include "unit/audit/hub.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::audit;
using namespace huitong::audit::tests;

namespace {

std::string told(const Verification& verification) {
    std::string out;
    for (const auto& issue : verification.issues.issues()) {
        out += (out.empty() ? "" : ", ") + issue.rule;
        for (const auto& argument : issue.arguments) out += ' ' + argument;
    }
    return out;
}

/// Some writes and reads, told and tied, and closed.
struct Story : Hub {
    Story() {
        for (int i = 1; i <= 4; ++i) {
            const auto id = std::to_string(i);
            write({patient("p" + id), result("o" + id, "p" + id, "a value long enough to be compressed " + std::string(80, 'x'))});
            record("read", {"Observation/o" + id});
            derive();
        }
        write({patient("last")});
        record("read", {"Patient/last"});
        stop();
    }
};

/// A copy of it to be tampered with.
struct Closed : Hub {
    Closed() {
        static const Story story;
        stop();
        std::filesystem::remove_all(folder.path);
        std::filesystem::copy(story.folder.path, folder.path, std::filesystem::copy_options::recursive);
    }
    Verification verify(const Checkpoint* kept = nullptr) {
        open_store();
        auto out = audit::verify({*store, access_directory(), {}}, kept);
        store.reset();
        return out;
    }
    void sql(const std::string& text) {
        store::Connection connection(database(), store::OpenMode::writer);
        connection.execute(text.c_str());
    }
    std::string segment() const { return access_directory() + "/00000001.journal"; }
    std::string bytes() const { return huitong::tests::read_file(segment()); }
    void set_bytes(const std::string& text) const { std::ofstream(segment(), std::ios::binary | std::ios::trunc) << text; }
    /// Begin of each record.
    std::vector<std::size_t> places() const {
        std::vector<std::size_t> out;
        (void)inspect_journal(access_directory(),
                              [&](const JournalRecord& record) { out.push_back(record.position & ((1ULL << 40) - 1)); });
        return out;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(verification)

BOOST_AUTO_TEST_CASE(untouched_logs_are_well) {
    Closed hub;
    const auto verification = hub.verify();
    BOOST_TEST(told(verification) == "");
    BOOST_TEST(verification.log_entries == 9u);    // five writes, four commits of events
    BOOST_TEST(verification.access_records == 9u); // five reads, four checkpoints
    const auto again = hub.verify(&verification.heads);
    BOOST_TEST(told(again) == "");
}

BOOST_AUTO_TEST_CASE(an_edited_row_is_named) {
    for (const auto* edit : {"UPDATE log SET reason = 'read Patient' WHERE t = 3", "UPDATE log SET instant = instant + 1 WHERE t = 3",
                             "UPDATE version SET body = (SELECT body FROM version WHERE t_from = 1 LIMIT 1) WHERE t_from = 3",
                             "UPDATE version SET body = x'00112233' WHERE t_from = 3", "UPDATE version SET version = 9 WHERE t_from = 3",
                             "UPDATE version SET action = 2 WHERE t_from = 3", "DELETE FROM version WHERE t_from = 3",
                             "UPDATE resource SET id = 'other' WHERE rid = (SELECT min(rid) FROM version WHERE t_from = 3)",
                             "DELETE FROM log WHERE t = 3", "UPDATE log SET hash = previous_hash WHERE t = 3",
                             "UPDATE version SET t_from = 2 WHERE t_from = 3", "UPDATE log SET t = 99 WHERE t = 3"}) {
        Closed hub;
        hub.sql(edit);
        BOOST_TEST(told(hub.verify()).starts_with("audit-chain-broken 3"), edit << ": " << told(hub.verify()));
    }
}

BOOST_AUTO_TEST_CASE(rows_that_no_entry_vouches_for_are_found) {
    Closed stranger;
    stranger.sql(
        "INSERT INTO version SELECT vid + 1000, rid, version + 1, type, t_from, t_to, action, meta_at, codec, size, owner, patient, "
        "labels, generation, body FROM version WHERE t_from = 3 LIMIT 1");
    BOOST_TEST(told(stranger.verify()).starts_with("audit-chain-broken"));
    Closed hidden;
    hidden.sql("UPDATE version SET t_to = 6 WHERE t_from = 3");
    BOOST_TEST(told(hidden.verify()).starts_with("audit-chain-broken 6"));
}

BOOST_AUTO_TEST_CASE(a_cut_tail_of_the_transaction_log_is_missed_by_the_access_log) {
    Closed hub;
    hub.sql("DELETE FROM version WHERE t_from >= 7; DELETE FROM log WHERE t >= 7");
    BOOST_TEST(told(hub.verify()) == "audit-log-missing 7");
}

BOOST_AUTO_TEST_CASE(an_edited_access_record_is_named) {
    const Closed intact;
    const auto places = intact.places();
    for (std::size_t index = 0; index + 2 < places.size(); ++index) {
        Closed hub;
        auto bytes = hub.bytes();
        bytes[places[index] + 60] = static_cast<char>(bytes[places[index] + 60] ^ 1);
        hub.set_bytes(bytes);
        BOOST_TEST(told(hub.verify()).starts_with("journal-damaged 1 " + std::to_string(places[index])), index);
    }
}

BOOST_AUTO_TEST_CASE(an_access_record_taken_out_or_moved_is_named) {
    Closed hub;
    const auto bytes = hub.bytes();
    const auto at = hub.places();
    hub.set_bytes(bytes.substr(0, at[2]) + bytes.substr(at[3]));
    BOOST_TEST(told(hub.verify()).starts_with("journal-damaged 1 " + std::to_string(at[2])));
    hub.set_bytes(bytes.substr(0, at[2]) + bytes.substr(at[3], at[4] - at[3]) + bytes.substr(at[2], at[3] - at[2]) + bytes.substr(at[4]));
    BOOST_TEST(told(hub.verify()).starts_with("journal-damaged 1 " + std::to_string(at[2])));
    hub.set_bytes(bytes);
    BOOST_TEST(told(hub.verify()) == "");
}

BOOST_AUTO_TEST_CASE(a_cut_tail_of_the_access_log_is_missed_by_the_transaction_log) {
    Closed hub;
    const auto bytes = hub.bytes();
    const auto at = hub.places();
    hub.set_bytes(bytes.substr(0, at[4]));
    BOOST_TEST(told(hub.verify()) == "audit-access-missing 1:" + std::to_string(at[4]));
    std::filesystem::remove(hub.segment());
    BOOST_TEST(told(hub.verify()) == "audit-access-missing 1:" + std::to_string(at[0]));
}

BOOST_AUTO_TEST_CASE(an_access_log_made_anew_with_a_chain_of_its_own_is_found) {
    Closed hub;
    const auto places = hub.places();
    std::vector<std::string> payloads;
    (void)inspect_journal(hub.access_directory(), [&](const JournalRecord& record) { payloads.push_back(record.payload); });
    std::filesystem::remove_all(hub.access_directory());
    {
        JournalOptions options;
        options.directory = hub.access_directory();
        const auto forged = Journal::open(options).value();
        for (std::size_t i = 0; i < payloads.size(); ++i) {
            if (i == 2) payloads[i].replace(payloads[i].find("his-b"), 5, "his-a");
            BOOST_REQUIRE(forged->append_and_wait(payloads[i]).has_value());
        }
    }
    BOOST_TEST(told(hub.verify()) == "audit-access-missing 1:" + std::to_string(places[2]));
}

BOOST_AUTO_TEST_CASE(both_rolled_back_are_found_by_a_checkpoint_kept_elsewhere) {
    Hub hub;
    hub.write({patient("p1")});
    hub.record("read", {"Patient/p1"});
    hub.derive();
    hub.stop();
    const Folder backup;
    std::filesystem::copy(hub.folder.path, backup.path, std::filesystem::copy_options::recursive);
    hub.start();
    hub.write({patient("p2")});
    hub.record("read", {"Patient/p2"});
    hub.derive();
    hub.stop();
    hub.open_store();
    const auto kept = verify({*hub.store, hub.access_directory(), {}}).heads;
    hub.store.reset();
    std::filesystem::remove_all(hub.folder.path);
    std::filesystem::copy(backup.path, hub.folder.path, std::filesystem::copy_options::recursive);
    hub.open_store();
    BOOST_TEST(told(verify({*hub.store, hub.access_directory(), {}})) == "");
    const auto text = write_checkpoint(kept) + "\n";
    const auto read = read_checkpoint(text);
    BOOST_REQUIRE(read);
    BOOST_TEST(told(verify({*hub.store, hub.access_directory(), {}}, &*read)).starts_with("audit-rolled-back access:1:"));
    BOOST_TEST(write_checkpoint(*read) + "\n" == text);
    for (const auto* bad : {"", "huitong-checkpoint log=1:a", "huitong-checkpoint log=x:a access=1:2:b", "checkpoint log=1:a access=1:2:b"})
        BOOST_TEST(!read_checkpoint(bad), bad);
}

BOOST_AUTO_TEST_CASE(an_unfinished_record_at_the_end_is_a_warning) {
    Closed hub;
    const auto bytes = hub.bytes();
    hub.set_bytes(bytes.substr(0, bytes.size() - 3));
    const auto verification = hub.verify();
    BOOST_TEST(told(verification).starts_with("journal-tail 1 "));
    BOOST_TEST(!verification.issues.has_errors());
}

BOOST_AUTO_TEST_SUITE_END()
