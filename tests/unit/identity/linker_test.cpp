// Links over a real store: what is committed is what is there after a restart, what failed leaves no trace.
#include "identity/identity.hpp"
#include "unit/identity/records.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <thread>

using namespace huitong;
using namespace huitong::identity;
using huitong::tests::rule_of;
using identity::tests::record;

namespace {

/// A store in a fresh folder that goes away with it.
struct Folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("huitong-identity-" + std::to_string(std::random_device{}()));
    ~Folder() { std::filesystem::remove_all(path); }
};

struct Hub {
    const Folder& folder;
    std::shared_ptr<store::Store> store;
    std::optional<Linker> linker;

    explicit Hub(const Folder& folder_) : folder(folder_) { start(); }
    void start() {
        store::StoreOptions options;
        options.directory = folder.path.string();
        store = store::open_store(options).value();
        linker.emplace(*store, identity::tests::kSampleRules);
    }
    void restart() {
        linker.reset();
        store.reset();
        start();
    }
    Linked link(const std::string& patient, const std::string& text) {
        auto linked = linker->link(patient, record(text)).value();
        commit(linked);
        return linked;
    }
    void commit(const Linked& linked) { BOOST_REQUIRE(!store->write_facts(linked.facts).has_error()); }
    Result<Linked> decide(const std::string& a, const std::string& b, Linker::Saying saying) {
        auto decided = linker->decide(a, b, saying, "steward-1", "seen the paper card");
        if (decided) commit(*decided);
        return decided;
    }
    /// Persons, queue and the whole log.
    std::string state() const {
        std::string out;
        each_fact(*store, kRecordTable, "", [&](const std::string& patient, const std::string&) {
            out += patient + '=' + linker->person_of(patient) + ' ';
            for (const auto& event : linker->events(patient)) out += event.kind + ':' + event.person + ',' + event.with + ' ';
        });
        for (const auto& review : linker->reviews(100)) out += review.a + '?' + review.b + ' ';
        return out;
    }
    /// The last person that the log tells of every record is the person it has.
    void check_log() const {
        each_fact(*store, kRecordTable, "", [&](const std::string& patient, const std::string&) {
            std::string person;
            for (const auto& event : linker->events(patient)) {
                if (event.kind != "person" && event.kind != "removed") continue;
                BOOST_TEST(event.from == person, patient);
                person = event.person;
            }
            BOOST_TEST(person == linker->person_of(patient), patient);
        });
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(linker)

BOOST_AUTO_TEST_CASE(one_record_has_a_person_and_two_of_one_number_and_name_share_it) {
    const Folder folder;
    Hub hub(folder);
    const auto a = hub.link("a", "name=王秀英;number=W;at=H1");
    BOOST_TEST(a.person_id.size() == 26u);
    BOOST_TEST(a.judgement.reasons.empty());
    const auto b = hub.link("b", "name=王秀英;number=W;at=H2");
    BOOST_TEST(b.person_id == a.person_id);
    BOOST_TEST(b.judgement.reasons.front() == "identity-number-and-name");
    BOOST_TEST(b.moved.empty());
    BOOST_TEST((hub.linker->same_person("a") == std::vector<std::string>{"a", "b"}));
    BOOST_TEST(hub.linker->match_grade("a", "b") == "certain");
    BOOST_TEST((hub.linker->patients_of(a.person_id) == std::vector<std::string>{"a", "b"}));
    hub.check_log();
}

BOOST_AUTO_TEST_CASE(an_unknown_patient_is_alone) {
    const Folder folder;
    Hub hub(folder);
    BOOST_TEST(hub.linker->person_of("nobody") == "");
    BOOST_TEST((hub.linker->same_person("nobody") == std::vector<std::string>{"nobody"}));
    BOOST_TEST(hub.linker->match_grade("nobody", "none") == "");
    BOOST_TEST(hub.linker->match_grade("nobody", "nobody") == "certain");
}

BOOST_AUTO_TEST_CASE(unchanged_demographics_write_nothing) {
    const Folder folder;
    Hub hub(folder);
    const auto first = hub.link("a", "name=王秀英;number=W");
    const auto again = hub.link("a", "name=王秀英;number=W");
    BOOST_TEST(!first.facts.empty());
    BOOST_TEST(again.facts.empty());
    BOOST_TEST(again.person_id == first.person_id);
}

BOOST_AUTO_TEST_CASE(a_restart_finds_persons_queue_and_words_again) {
    const Folder folder;
    Hub hub(folder);
    hub.link("a", "name=王秀英;number=W;born=1956-03-14");
    hub.link("b", "name=王秀英;number=W");
    hub.link("c", "name=王秀瑛;number=W;born=1956-03-14");
    hub.link("d", "name=李敏;number=M;at=H1");
    hub.link("e", "name=无名氏;at=H1;merges=d");
    hub.link("f", "name=李敏之女;number=M;born=2026-11-18");
    BOOST_REQUIRE(hub.decide("a", "d", Linker::Saying::same).has_value());
    BOOST_REQUIRE(hub.decide("a", "b", Linker::Saying::different).has_value());
    const auto before = hub.state();
    hub.check_log();
    hub.restart();
    BOOST_TEST(hub.state() == before);
    BOOST_TEST(hub.linker->take_owed().empty());
    BOOST_TEST((hub.linker->same_person("a") == std::vector<std::string>{"a", "d", "e"}));
    BOOST_REQUIRE(hub.decide("a", "b", Linker::Saying::withdraw).has_value());
    hub.restart();
    BOOST_TEST((hub.linker->same_person("a") == std::vector<std::string>{"a", "b", "d", "e"}));
    hub.check_log();
}

BOOST_AUTO_TEST_CASE(a_review_tells_its_grade_until_a_steward_decides) {
    const Folder folder;
    Hub hub(folder);
    hub.link("a", "name=许桂花;number=W;born=1956-03-14");
    BOOST_TEST(hub.link("b", "name=许桂辉;number=W;born=1956-03-14").review);
    BOOST_TEST(hub.linker->match_grade("a", "b") == "possible");
    BOOST_REQUIRE(hub.decide("a", "b", Linker::Saying::different).has_value());
    BOOST_TEST(hub.linker->reviews(9).empty());
    BOOST_TEST(hub.linker->match_grade("a", "b") == "certainly-not");
    const auto events = hub.linker->events("b");
    const auto word = std::find_if(events.begin(), events.end(), [](const Event& event) { return event.kind == "word-different"; });
    BOOST_REQUIRE(word != events.end());
    BOOST_TEST(word->who == "steward-1");
    BOOST_TEST(word->why == "seen the paper card");
}

BOOST_AUTO_TEST_CASE(unlinking_one_record_keeps_the_others_together) {
    const Folder folder;
    Hub hub(folder);
    for (const auto* patient : {"a", "b", "c"}) hub.link(patient, "name=王秀英;number=W");
    BOOST_REQUIRE(hub.decide("a", "b", Linker::Saying::different).has_value());
    BOOST_TEST((hub.linker->same_person("a") == std::vector<std::string>{"a", "c"}));
    BOOST_TEST((hub.linker->same_person("b") == std::vector<std::string>{"b"}));
    BOOST_REQUIRE(hub.decide("b", "a", Linker::Saying::withdraw).has_value());
    BOOST_TEST((hub.linker->same_person("b") == std::vector<std::string>{"a", "b", "c"}));
    hub.check_log();
}

BOOST_AUTO_TEST_CASE(words_that_contradict_each_other_are_refused) {
    const Folder folder;
    Hub hub(folder);
    for (const auto* patient : {"a", "b", "c"}) hub.link(patient, "name=王秀英");
    BOOST_REQUIRE(hub.decide("a", "b", Linker::Saying::same).has_value());
    BOOST_REQUIRE(hub.decide("b", "c", Linker::Saying::same).has_value());
    const auto before = hub.state();
    BOOST_TEST(rule_of(hub.decide("a", "c", Linker::Saying::different).error()) == "identity-word-conflict");
    BOOST_TEST(hub.state() == before);
    BOOST_TEST(rule_of(hub.decide("a", "a", Linker::Saying::same).error()) == "identity-same-record");
    BOOST_TEST(rule_of(hub.decide("a", "x", Linker::Saying::same).error()) == "identity-unknown-patient");
    BOOST_TEST(rule_of(hub.decide("a", "c", Linker::Saying::withdraw).error()) == "identity-no-word");
    BOOST_TEST(rule_of(hub.linker->decide("a", "c", Linker::Saying::same, "", "why").error()) == "identity-who-why");
    // The later word on the same pair stands.
    BOOST_REQUIRE(hub.decide("b", "c", Linker::Saying::different).has_value());
    BOOST_TEST((hub.linker->same_person("a") == std::vector<std::string>{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(a_failed_commit_leaves_no_trace) {
    const Folder folder;
    Hub hub(folder);
    hub.link("a", "name=王秀英;number=W");
    const auto before = hub.state();
    const auto failed = hub.linker->link("b", record("name=王秀英;number=W")).value();
    hub.linker->forget(failed);
    BOOST_TEST(hub.linker->person_of("b") == "");
    BOOST_TEST(hub.state() == before);
    const auto changed = hub.linker->link("a", record("name=王秀英;number=M")).value();
    hub.linker->forget(changed);
    BOOST_TEST(hub.linker->record("a")->id_number == "990102195603140724");
    const auto decided = hub.linker->link("c", record("name=李敏")).value();
    hub.commit(decided);
    const auto with_c = hub.state();
    hub.linker->forget(hub.linker->decide("a", "c", Linker::Saying::same, "s", "w").value());
    BOOST_TEST(hub.state() == with_c);
    BOOST_TEST(hub.linker->take_owed().empty());
}

BOOST_AUTO_TEST_CASE(who_relied_on_a_failed_commit_is_told) {
    const Folder folder;
    Hub hub(folder);
    const auto lost = hub.linker->link("a", record("name=王秀英;number=W")).value();
    const auto kept = hub.link("b", "name=王秀英;number=W"); // committed before a's commit fails
    BOOST_TEST(kept.person_id == lost.person_id);
    hub.linker->forget(lost);
    BOOST_TEST(hub.linker->person_of("b") != lost.person_id);
    hub.link("c", "name=李敏"); // carries what b is owed
    hub.check_log();
    hub.restart();
    hub.check_log();
    BOOST_TEST(hub.linker->take_owed().empty());
}

BOOST_AUTO_TEST_CASE(a_crash_between_two_commits_is_repaired_at_the_next_start) {
    const Folder folder;
    Hub hub(folder);
    const auto lost = hub.linker->link("a", record("name=王秀英;number=W")).value();
    hub.link("b", "name=王秀英;number=W");
    hub.restart(); // a was never committed
    BOOST_TEST(hub.linker->person_of("a") == "");
    BOOST_TEST(hub.linker->person_of("b") != lost.person_id);
    BOOST_REQUIRE(hub.store->write_facts(hub.linker->take_owed()).has_value());
    hub.check_log();
}

BOOST_AUTO_TEST_CASE(a_later_link_of_the_same_record_outlives_the_failure_of_an_earlier_one) {
    const Folder folder;
    Hub hub(folder);
    const auto lost = hub.linker->link("a", record("name=王秀英;number=W")).value();
    hub.link("a", "name=王秀英;number=W"); // unchanged, so it carried no facts
    hub.linker->forget(lost);
    BOOST_TEST(hub.linker->person_of("a") == lost.person_id);
    BOOST_REQUIRE(hub.store->write_facts(hub.linker->take_owed()).has_value());
    hub.restart();
    BOOST_TEST(hub.linker->person_of("a") == lost.person_id);
}

BOOST_AUTO_TEST_CASE(a_deleted_patient_leaves_its_person) {
    const Folder folder;
    Hub hub(folder);
    hub.link("a", "name=王秀英;number=W");
    hub.link("b", "name=王秀英;number=W");
    const auto removed = hub.linker->remove("a").value();
    hub.commit(removed);
    BOOST_TEST(removed.person_id == "");
    BOOST_TEST((removed.moved == std::vector<std::string>{"b"}));
    BOOST_TEST(rule_of(hub.linker->remove("a").error()) == "identity-unknown-patient");
    hub.restart();
    BOOST_TEST(hub.linker->size() == 1u);
    hub.check_log();
}

BOOST_AUTO_TEST_CASE(ids_that_no_resource_has_are_refused) {
    const Folder folder;
    Hub hub(folder);
    for (const auto* id : {"", "a b", "a/b", "é"}) BOOST_TEST(rule_of(hub.linker->link(id, Record()).error()) == "identity-patient-id", id);
}

// Many threads link the same people; some commits fail. In the end the persons are those of the records that were committed, and the log
// agrees.
BOOST_AUTO_TEST_CASE(threads_that_link_and_forget_agree_in_the_end) {
    const Folder folder;
    Hub hub(folder);
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) {
        threads.emplace_back([&hub, number] {
            for (int i = 0; i < 40; ++i) {
                const auto patient = "p" + std::to_string(number) + "-" + std::to_string(i);
                auto linked = hub.linker->link(patient, record(i % 3 == 0 ? "name=王秀英;number=W" : "name=李敏;number=M")).value();
                if (i % 5 == 0) hub.linker->forget(linked);
                else (void)hub.store->write_facts(linked.facts);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    (void)hub.store->write_facts(hub.linker->take_owed());
    BOOST_TEST(hub.linker->size() == 4u * 32u);
    std::set<std::string> people;
    each_fact(*hub.store, kRecordTable, "",
              [&](const std::string& patient, const std::string&) { people.insert(hub.linker->person_of(patient)); });
    BOOST_TEST(people.size() == 2u);
    const auto before = hub.state();
    hub.restart();
    const auto owed = hub.linker->take_owed();
    (void)hub.store->write_facts(owed);
    for (const auto& person : people) BOOST_TEST(!hub.linker->patients_of(person).empty());
    BOOST_TEST(hub.linker->size() == 4u * 32u);
}

BOOST_AUTO_TEST_SUITE_END()
