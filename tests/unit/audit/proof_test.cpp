// A signed checkpoint, and the proof that one record stands under it: what is handed out and checked without the hub.
#include "audit/checkpointer.hpp"
#include "audit/proof.hpp"
#include "store/sqlite/connection.hpp"
#include "support/folder.hpp"
#include "unit/audit/hub.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::audit;
using namespace huitong::audit::tests;

namespace {

const FactChain kLedger{"ledger", "test-ledger", "test-ledger-head", "head"};

struct Story : Hub {
    huitong::tests::Folder keys;
    SigningKey key = SigningKey::open_or_make(keys.file("k.pem")).value();
    ChainHead head;
    Story() {
        deriver.emplace(*store, registry(), *log, clock, std::vector{kLedger});
        grow(5);
    }
    void grow(int count) {
        for (int i = 0; i < count; ++i) {
            const auto id = std::to_string(++number_);
            write({patient("p" + id)});
            record("read", {"Patient/p" + id});
            say("entry " + id);
        }
        derive();
    }
    void say(const std::string& text) {
        FactEntry entry{0, chained_hash(head.hash, text), head.hash, text};
        head = {head.sequence + 1, entry.hash};
        store::FactWrite row, newest;
        row.table = kLedger.table;
        row.key = sequence_key(head.sequence);
        row.value = write_entry(entry);
        newest.table = kLedger.head_table;
        newest.key = kLedger.head_key;
        newest.value = write_head(head);
        BOOST_REQUIRE(store->write_facts({row, newest}));
    }
    Subject subject() { return {*store, access_directory(), {kLedger}}; }
    Checkpoint heads() { return verify(subject()).heads; }
    std::string first_access() const {
        std::string out;
        (void)inspect_journal(access_directory(), [&](const JournalRecord& record) {
            if (out.empty()) out = "access:" + place_text(record.position);
        });
        return out;
    }
    std::unique_ptr<Checkpointer> checkpointer(const std::string& file = "") {
        Checkpointer::Settings settings;
        settings.file = file;
        return std::make_unique<Checkpointer>(*store, *log, std::vector{kLedger}, key, clock, std::move(settings));
    }

private:
    int number_ = 0;
};

std::string rule_of(const Outcome& issues) { return issues.has_errors() ? issues.leading()->rule : std::string(); }

} // namespace

BOOST_AUTO_TEST_SUITE(proofs)

BOOST_FIXTURE_TEST_CASE(a_signed_line_is_read_back_and_checked_with_the_public_key, Story) {
    const auto line = sign_checkpoint(heads(), key);
    const auto read = read_signed(line + "\n");
    BOOST_REQUIRE(read);
    BOOST_TEST(rule_of(check_signed(*read, key.public_pem())) == "");
    BOOST_TEST(write_checkpoint(read->checkpoint) == write_checkpoint(heads()));
    auto forged = *read;
    forged.text.replace(forged.text.find("log="), 5, "log=9");
    BOOST_TEST(rule_of(check_signed(forged, key.public_pem())) == "audit-signature");
    const auto other = SigningKey::open_or_make(keys.file("other.pem")).value();
    BOOST_TEST(rule_of(check_signed(*read, other.public_pem())) == "audit-signature");
    BOOST_TEST(rule_of(check_signed(*read_signed(write_checkpoint(heads())), key.public_pem())) == "audit-signature"); // not signed
}

BOOST_AUTO_TEST_CASE(lines_that_are_no_checkpoint_are_told_apart) {
    for (const auto* text : {"", "huitong-checkpoint", "huitong-checkpoint log=1:a", "huitong-checkpoint log=x:a access=1:2:b",
                             "huitong-checkpoint log=1:a access=1:2:b more", "huitong-checkpoint log=1:a access=2:b",
                             "huitong-checkpoint log=1:a access=1:2:b signature=k", "other log=1:a access=1:2:b"})
        BOOST_TEST(!read_signed(text).has_value(), text);
    BOOST_TEST(read_signed("huitong-checkpoint log=1:a access=1:2:b").has_value());
    BOOST_TEST(read_signed("huitong-checkpoint log=1:a access=1:2:b ledger=3:c tree:log=4:d")->checkpoint.trees.at("log").size == 4U);
}

BOOST_FIXTURE_TEST_CASE(every_kind_of_record_is_proven_under_a_checkpoint_also_after_the_logs_grew, Story) {
    const auto kept = heads();
    grow(3);
    for (const auto& entry : {std::string("log:3"), first_access(), std::string("ledger:2")}) {
        auto proof = prove(subject(), entry, &kept);
        BOOST_REQUIRE_MESSAGE(proof, entry);
        const auto again = read_proof(write_proof(*proof));
        BOOST_REQUIRE(again);
        BOOST_TEST(rule_of(check_proof(*again, kept)) == "", entry);
        BOOST_TEST(rule_of(check_proof(*again, heads())) == "audit-proof", entry); // of another moment
        auto forged = *again;
        forged.record += " ";
        BOOST_TEST(rule_of(check_proof(forged, kept)) == "audit-proof", entry);
        forged = *again;
        forged.hash = sha256_hex("another");
        BOOST_TEST(rule_of(check_proof(forged, kept)) == "audit-proof", entry);
    }
    BOOST_TEST(prove(subject(), first_access(), &kept)->record.find("Patient/p1") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(what_is_not_there_or_came_later_is_not_proven, Story) {
    const auto kept = heads();
    grow(1);
    for (const auto* entry : {"log:999", "access:1:1", "ledger:99", "other:1", "", "ledger:6"})
        BOOST_TEST(rule_of(prove(subject(), entry, &kept).error()) == "audit-entry", entry);
    BOOST_TEST(prove(subject(), "ledger:6", nullptr).has_value());
}

BOOST_FIXTURE_TEST_CASE(a_log_rewritten_whole_does_not_have_the_tree_of_the_checkpoint, Story) {
    const auto kept = heads();
    stop();
    {
        // The ledger is forged from its second entry on, with hashes of its own: in itself it is whole.
        store::Connection connection(database(), store::OpenMode::writer);
        auto previous = std::string();
        for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) {
            const auto text = sequence < 2 ? "entry 1" : "forged " + std::to_string(sequence);
            FactEntry entry{0, chained_hash(previous, text), previous, text};
            previous = entry.hash;
            connection.execute(("UPDATE fact SET value = '" + write_entry(entry) + "' WHERE name = 'test-ledger' AND key = '" +
                                sequence_key(sequence) + "'")
                                   .c_str());
        }
        connection.execute(("UPDATE fact SET value = '" + write_head({5, previous}) + "' WHERE name = 'test-ledger-head'").c_str());
    }
    open_store();
    std::string told;
    for (const auto& issue : verify(subject(), &kept).issues.issues()) told += issue.rule + ' ';
    BOOST_TEST(told.find("audit-tree") != std::string::npos, told);
    BOOST_TEST(rule_of(prove(subject(), "ledger:3", &kept).error()) == "audit-tree");
}

BOOST_FIXTURE_TEST_CASE(the_checkpointer_comes_to_the_heads_that_a_verification_finds, Story) {
    auto writer = checkpointer();
    const auto line = read_signed(writer->line().value());
    BOOST_REQUIRE(line);
    BOOST_TEST(write_checkpoint(line->checkpoint) == write_checkpoint(heads()));
    grow(4);
    BOOST_TEST(write_checkpoint(read_signed(writer->line().value())->checkpoint) == write_checkpoint(heads()));
}

BOOST_FIXTURE_TEST_CASE(a_line_is_appended_when_its_time_has_come_and_something_is_new, Story) {
    const auto file = keys.file("checkpoints");
    auto writer = checkpointer(file);
    const auto settle = [&] {
        while (writer->step().value()) {}
    };
    const auto later = [&](int minutes) { clock.set({clock.now().microseconds + minutes * 60LL * kMicrosecondsPerSecond}); };
    settle();
    BOOST_TEST(!std::filesystem::exists(file));
    later(61);
    settle();
    settle();
    BOOST_TEST(writer->written() == 1U);
    later(61);
    settle();
    BOOST_TEST(writer->written() == 1U); // nothing is new
    grow(2);
    // A program that begins again goes on where the last line was written.
    writer = checkpointer(file);
    later(61);
    settle();
    const auto lines = huitong::tests::read_file(file);
    BOOST_TEST(std::count(lines.begin(), lines.end(), '\n') == 2);
    const auto last = read_signed(lines.substr(lines.find('\n') + 1));
    BOOST_REQUIRE(last);
    BOOST_TEST(rule_of(check_signed(*last, key.public_pem())) == "");
    BOOST_TEST(verify(subject(), &last->checkpoint).issues.empty());
}

BOOST_FIXTURE_TEST_CASE(edited_positions_lead_to_the_same_heads_from_the_beginning, Story) {
    auto writer = checkpointer(keys.file("c"));
    clock.set({clock.now().microseconds + 3'700LL * kMicrosecondsPerSecond});
    while (writer->step().value()) {}
    BOOST_REQUIRE(writer->written() == 1U);
    store::FactWrite edit;
    edit.table = "audit.tree";
    edit.key = "tree log";
    edit.value = "2 " + sha256_hex("forged");
    BOOST_REQUIRE(store->write_facts({edit}));
    writer = checkpointer();
    BOOST_TEST(write_checkpoint(read_signed(writer->line().value())->checkpoint) == write_checkpoint(heads()));
}

BOOST_AUTO_TEST_SUITE_END()
