// Some hundreds of random edits of a closed hub, over the transaction log, the access log and a chain of facts: each is found and the
// record is named. Source: trust goal S5. The seed is fixed; HUITONG_EDITS=10000 runs more of them.
#include "base/sha256.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/packed_fact.hpp"
#include "unit/audit/hub.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

using namespace huitong;
using namespace huitong::audit;
using namespace huitong::audit::tests;

namespace {

const FactChain kLedger{"ledger", "test-ledger", "test-ledger-head", "head"};

/// Three logs with a dozen records each, told and tied, and closed.
struct Story : Hub {
    ChainHead head;
    Story() {
        deriver.emplace(*store, registry(), *log, clock, std::vector{kLedger});
        for (int i = 1; i <= 6; ++i) {
            const auto id = std::to_string(i);
            write({patient("p" + id), result("o" + id, "p" + id, "a value long enough to be compressed " + std::string(80, 'x'))});
            record("read", {"Observation/o" + id});
            record("search-type", {"Patient/p" + id, "Observation/o" + id});
            say(R"({"kind":"decided","match":"m)" + id + R"("})");
            say(R"({"kind":"decided","words":")" + std::string(3'000, 'w') + id + R"("})"); // long ones are packed
            derive();
        }
        stop();
    }
    void say(const std::string& text) {
        FactEntry entry;
        entry.previous = head.hash;
        entry.hash = chained_hash(head.hash, text);
        entry.text = text;
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
};

struct Edited {
    Folder folder;
    std::mt19937_64& random;
    std::string expected; ///< rule and place of the first bad record
    explicit Edited(const Folder& original, std::mt19937_64& random_) : random(random_) {
        std::filesystem::copy(original.path, folder.path, std::filesystem::copy_options::recursive);
    }
    std::uint64_t below(std::uint64_t end) const { return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random); }
    std::string database() const { return (folder.path / "huitong.db").string(); }
    std::string access_directory() const { return (folder.path / "access-log").string(); }
    void sql(const std::string& text) const {
        store::Connection connection(database(), store::OpenMode::writer);
        connection.execute(text.c_str());
    }
    std::int64_t number(const std::string& query) const {
        store::Connection connection(database(), store::OpenMode::writer);
        auto row = connection.prepare(query.c_str());
        return row.step() ? row.integer(0) : 0;
    }
    std::string text(const std::string& query) const {
        store::Connection connection(database(), store::OpenMode::writer);
        auto row = connection.prepare(query.c_str());
        return row.step() ? std::string(row.text(0)) : std::string();
    }

    void edit_log() {
        const auto t = 1 + below(static_cast<std::uint64_t>(number("SELECT max(t) FROM log")));
        const auto place = std::to_string(t);
        const std::string kEdits[] = {
            "reason = reason || ' '", "message_id = message_id || '1'",       "instant = instant + 1",
            "actor = actor + 1",      "hash = '0' || substr(hash, 2) || 'a'", "previous_hash = previous_hash || '0'"};
        expected = "audit-chain-broken " + place;
        if (below(4) == 0) return sql("DELETE FROM log WHERE t = " + place);
        sql("UPDATE log SET " + kEdits[below(std::size(kEdits))] + " WHERE t = " + place);
    }
    void edit_version() {
        const auto vid = 1 + below(static_cast<std::uint64_t>(number("SELECT max(vid) FROM version")));
        const auto where = " WHERE vid = " + std::to_string(vid);
        expected = "audit-chain-broken " + std::to_string(number("SELECT t_from FROM version" + where));
        const std::string kEdits[] = {"version = version + 1",
                                      "action = 1 - (action = 1)",
                                      "rid = (SELECT max(rid) FROM resource) + 1",
                                      "type = type + 1",
                                      "body = x'00' || body",
                                      "labels = labels || 'PSY '",
                                      "owner = (SELECT min(id) FROM symbol WHERE text = 'Patient')"};
        if (below(4) == 0) return sql("DELETE FROM version" + where);
        sql("UPDATE version SET " + kEdits[below(std::size(kEdits))] + where);
    }
    void edit_access_log() {
        const auto file = access_directory() + "/00000001.journal";
        auto bytes = huitong::tests::read_file(file);
        std::vector<std::size_t> places;
        (void)inspect_journal(access_directory(),
                              [&](const JournalRecord& record) { places.push_back(record.position & ((1ULL << 40) - 1)); });
        const auto index = below(places.size());
        const auto from = places[index], to = index + 1 < places.size() ? places[index + 1] : bytes.size();
        expected = " 1 " + std::to_string(from); // journal-damaged, or journal-tail where the length says that more should follow
        if (const auto kind = below(4); kind == 0 && index + 1 < places.size()) {
            bytes.erase(from, to - from);
        } else if (kind == 1 && index > 0) {
            bytes.insert(from, bytes.substr(places.front(), places[1] - places.front()) + "x");
        } else {
            auto& byte = bytes[from + below(to - from)];
            byte = static_cast<char>(byte ^ (1 << below(8)));
        }
        std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    }
    void edit_facts() {
        const auto last = static_cast<std::uint64_t>(number("SELECT count(*) FROM fact WHERE name = 'test-ledger'"));
        const auto sequence = 1 + below(last);
        const auto key = sequence_key(sequence);
        const auto where = " WHERE name = 'test-ledger' AND key = '" + key + "'";
        expected = "audit-facts-broken ledger " + std::to_string(sequence);
        switch (below(5)) {
        case 0: return sql("DELETE FROM fact" + where);
        case 1: {
            auto value = text("SELECT value FROM fact" + where);
            auto& byte = value[below(value.size())];
            byte = byte == '0' ? '1' : '0';
            return sql("UPDATE fact SET value = x'" + hex_text(value) + "'" + where);
        }
        case 2:
            expected = "audit-facts-broken ledger " + std::to_string(sequence + 1);
            return sql("INSERT INTO fact SELECT name, key || 'x', value FROM fact" + where);
        case 3: // the tail cut off, and the head made to fit
            expected = "audit-facts-missing ledger";
            sql("DELETE FROM fact WHERE name = 'test-ledger' AND key >= '" + key + "'");
            return set_head(sequence - 1);
        default: return make_anew(sequence, last);
        }
    }
    void set_head(std::uint64_t sequence) const {
        const auto hash = sequence == 0 ? std::string() : entry(sequence).hash;
        sql("UPDATE fact SET value = '" + write_head({sequence, hash}) + "' WHERE name = 'test-ledger-head'");
    }
    FactEntry entry(std::uint64_t sequence) const {
        const auto stored = text("SELECT value FROM fact WHERE name = 'test-ledger' AND key = '" + sequence_key(sequence) + "'");
        return read_entry(sequence_key(sequence), store::unpack_fact(stored));
    }
    /// One entry forged, and every hash behind it computed again.
    void make_anew(std::uint64_t sequence, std::uint64_t last) {
        expected = "audit-facts-missing ledger";
        auto previous = sequence == 1 ? std::string() : entry(sequence - 1).hash;
        for (auto at = sequence; at <= last; ++at) {
            auto forged = entry(at);
            if (at == sequence) forged.text += ' ';
            forged.previous = previous;
            forged.hash = previous = chained_hash(previous, forged.text);
            sql("UPDATE fact SET value = '" + write_entry(forged) + "' WHERE name = 'test-ledger' AND key = '" + sequence_key(at) + "'");
        }
        set_head(last);
    }

    std::string told() const {
        store::StoreOptions options;
        options.directory = folder.path.string();
        const auto store = store::open_store(options).value();
        std::string out;
        const auto verification = verify({*store, access_directory(), {kLedger}});
        for (const auto& issue : verification.issues.issues()) {
            out += (out.empty() ? "" : ", ") + issue.rule;
            for (const auto& argument : issue.arguments) out += ' ' + argument;
        }
        return out;
    }
};

/// A place stands whole: " 1 10" is not in "journal-damaged 1 100".
bool names(const std::string& told, const std::string& expected) {
    const auto found = told.find(expected);
    if (found == told.npos || expected.back() < '0' || expected.back() > '9') return found != told.npos;
    const auto end = found + expected.size();
    return end == told.size() || told[end] == ',';
}

} // namespace

BOOST_AUTO_TEST_SUITE(random_edits)

BOOST_AUTO_TEST_CASE(each_is_found_and_named) {
    const Story story;
    std::mt19937_64 random(20'261'127);
    {
        const Edited untouched(story.folder, random);
        BOOST_REQUIRE_EQUAL(untouched.told(), "");
    }
    const auto* wanted = std::getenv("HUITONG_EDITS");
    const int count = wanted ? std::atoi(wanted) : 300;
    for (int number = 0; number < count; ++number) {
        Edited hub(story.folder, random);
        switch (number % 4) {
        case 0: hub.edit_log(); break;
        case 1: hub.edit_version(); break;
        case 2: hub.edit_access_log(); break;
        default: hub.edit_facts();
        }
        const auto told = hub.told();
        BOOST_TEST(names(told, hub.expected), "edit " << number << ": expected " << hub.expected << ", told: " << told);
    }
}

BOOST_AUTO_TEST_SUITE_END()
