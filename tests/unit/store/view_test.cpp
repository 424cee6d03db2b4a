// Snapshots, history, and what a caller may see.
#include "unit/store/database.hpp"

#include <atomic>
#include <sstream>
#include <thread>

using namespace huitong;
using namespace huitong::tests;

namespace {

struct Fixture {
    ScratchFolder folder;
    SetClock clock{kNewYear};
    std::shared_ptr<store::Store> store = open_in(folder.path(), &clock);

    /// "Patient/a:1 Patient/b:2" in the order given.
    std::string history(const std::string& type, const std::string& id, const store::HistoryRange& range) {
        const auto versions = store->view()->history(type, id, range);
        BOOST_REQUIRE(versions);
        std::string out;
        for (const auto& version : *versions)
            out += (out.empty() ? "" : " ") + version.key.type + '/' + version.key.id + ':' + std::to_string(version.version) +
                   (version.deleted ? "x" : "");
        return out;
    }
};

store::Write coded(const std::string& id, const std::string& code) {
    auto write = write_of("Observation", id, R"(,"c":")" + code + '"');
    write.rows.tokens.push_back({"code", "s", code});
    return write;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(snapshots, Fixture)

BOOST_AUTO_TEST_CASE(a_view_does_not_see_what_is_written_after_it) {
    put(*store, coded("a", "x"));
    const auto view = store->view();
    put(*store, coded("a", "y"));
    put(*store, coded("b", "x"));
    put(*store, removal_of("Observation", "a"));
    BOOST_TEST(view->t() == 1u);
    BOOST_TEST(ids_of(*view, view->tokens("Observation", "code", "s", "x")) == "a");
    BOOST_TEST(view->tokens("Observation", "code", "s", "y").empty());
    BOOST_TEST(ids_of(*view, view->all("Observation")) == "a");
    BOOST_TEST(brief(view->current({"Observation", "a"})) == R"(1:,"c":"x")");
    BOOST_TEST(brief(view->current({"Observation", "b"})) == "-");
    BOOST_TEST(view->current_key({"Observation", "b"}) == 0u);
    const auto later = store->view();
    BOOST_TEST(ids_of(*later, later->all("Observation")) == "b");
}

BOOST_AUTO_TEST_CASE(a_label_or_a_patient_that_came_later_covers_the_older_versions_too) {
    auto of_patient = [](const std::string& id, const std::string& patient) {
        auto write = coded(id, "x");
        write.rows.patient_id = patient;
        return write;
    };
    put(*store, of_patient("labelled", "p"));
    put(*store, of_patient("moved", "p"));
    put(*store, of_patient("left", "p"));
    const auto before = store->now();
    auto labelled = of_patient("labelled", "p");
    labelled.body.insert(labelled.body.size() - 1, R"(,"c":"y")");
    labelled.labels = {"HIV"};
    put(*store, labelled);
    auto moved = of_patient("moved", "q");
    moved.body.insert(moved.body.size() - 1, R"(,"c":"y")");
    put(*store, moved);
    store::CallerFilter filter;
    filter.unrestricted = false;
    filter.denied_labels = {"HIV"};
    filter.patient_id = "p";
    const auto now = store->view(filter);
    for (const auto* id : {"labelled", "moved"}) {
        BOOST_TEST(brief(now->current({"Observation", id})) == "-");
        BOOST_TEST(brief(now->version({"Observation", id}, 1)) == "-");
        BOOST_TEST(now->history("Observation", id, {})->empty());
        BOOST_TEST(brief(store->view(filter, before)->current({"Observation", id})) == "-");
    }
    BOOST_TEST(now->history("Observation", "", {})->size() == 1u);
    const auto past = store->view(filter, before);
    BOOST_TEST(ids_of(*past, past->tokens("Observation", "code", "s", "x")) == "left");
    // Taken off again, it covers nothing but the version that bore it.
    put(*store, of_patient("labelled", "p"));
    BOOST_TEST(brief(store->view(filter)->version({"Observation", "labelled"}, 1)) != "-");
    BOOST_TEST(brief(store->view(filter)->version({"Observation", "labelled"}, 2)) == "-");
}

BOOST_AUTO_TEST_CASE(an_earlier_position_can_be_opened_again) {
    put(*store, coded("a", "x"));
    put(*store, coded("a", "y"));
    put(*store, removal_of("Observation", "a"));
    const std::pair<store::LogTime, const char*> cases[] = {{1, R"(1:,"c":"x")"}, {2, R"(2:,"c":"y")"}, {3, "3:deleted"}};
    for (const auto& [t, expected] : cases) {
        const auto view = store->view({}, t);
        BOOST_TEST(view->t() == t);
        BOOST_TEST(brief(view->current({"Observation", "a"})) == expected);
        BOOST_TEST(view->tokens("Observation", "code", "s", "x").size() == (t == 1 ? 1u : 0u));
        BOOST_TEST(view->tokens("Observation", "code", "s", "y").size() == (t == 2 ? 1u : 0u));
    }
    BOOST_TEST(store->view({}, 99)->t() == 3u);
}

BOOST_AUTO_TEST_CASE(two_resources_of_one_commit_are_seen_together_while_writing_goes_on) {
    auto pair_of = [](int number) {
        const auto member = R"(,"n":)" + std::to_string(number);
        auto commit = commit_of({write_of("Patient", "a", member), write_of("Patient", "b", member)});
        for (auto& write : commit.writes) write.rows.tokens.push_back({"n", "", std::to_string(number)});
        return commit;
    };
    must(store->commit_and_wait(pair_of(0)));
    std::atomic<bool> stop{false};
    std::thread writer([&] {
        for (int number = 1; number <= 300; ++number) (void)store->commit_and_wait(pair_of(number));
        stop = true;
    });
    int looked = 0, torn = 0;
    while (!stop || looked < 50) {
        const auto view = store->view();
        const auto a = view->current({"Patient", "a"});
        const auto number = (*a)->body.substr((*a)->body.find("\"n\":") + 4, std::string::npos);
        const auto b = view->current({"Patient", "b"});
        torn += (*b)->body.ends_with(number) && (*a)->version == (*b)->version ? 0 : 1;
        torn += view->tokens("Patient", "n", std::nullopt, number.substr(0, number.size() - 1)).size() == 2 ? 0 : 1;
        torn += view->all("Patient").size() == 2 ? 0 : 1;
        ++looked;
    }
    writer.join();
    BOOST_TEST(torn == 0);
    BOOST_TEST(brief(store->view()->current({"Patient", "a"})) == R"(301:,"n":300)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(histories, Fixture)

BOOST_AUTO_TEST_CASE(of_the_system_a_type_and_a_resource) {
    put(*store, write_of("Patient", "a"));
    put(*store, write_of("Group", "a"));
    put(*store, write_of("Patient", "a", ",\"x\":1"));
    put(*store, removal_of("Patient", "a"));
    put(*store, write_of("Patient", "b"));
    BOOST_TEST(history("", "", {}) == "Patient/b:1 Patient/a:3x Patient/a:2 Group/a:1 Patient/a:1");
    BOOST_TEST(history("Patient", "", {}) == "Patient/b:1 Patient/a:3x Patient/a:2 Patient/a:1");
    BOOST_TEST(history("Patient", "a", {}) == "Patient/a:3x Patient/a:2 Patient/a:1");
    BOOST_TEST(history("Patient", "c", {}).empty());
    store::HistoryRange range;
    range.since = 1;
    range.until = 3;
    BOOST_TEST(history("", "", range) == "Patient/a:2 Group/a:1");
    range.newest_first = false;
    BOOST_TEST(history("", "", range) == "Group/a:1 Patient/a:2");
}

BOOST_AUTO_TEST_CASE(a_page_ends_between_two_commits) {
    must(store->commit_and_wait(commit_of({write_of("Patient", "a"), write_of("Patient", "b"), write_of("Patient", "c")})));
    must(store->commit_and_wait(commit_of({write_of("Patient", "d"), write_of("Patient", "e")})));
    store::HistoryRange range;
    range.count = 2;
    range.newest_first = false;
    BOOST_TEST(history("", "", range) == "Patient/a:1 Patient/b:1 Patient/c:1");
    range.since = 1;
    BOOST_TEST(history("", "", range) == "Patient/d:1 Patient/e:1");
    range.since = 2;
    BOOST_TEST(history("", "", range).empty());
}

BOOST_AUTO_TEST_CASE(walking_forward_page_by_page_gives_every_version_once) {
    for (int number = 0; number < 40; ++number) {
        std::vector<store::Write> writes;
        for (int part = 0; part <= number % 3; ++part)
            writes.push_back(write_of("Patient", "p" + std::to_string((number * 7 + part) % 11), ",\"n\":" + std::to_string(number)));
        must(store->commit_and_wait(commit_of(std::move(writes))));
    }
    store::HistoryRange all;
    all.newest_first = false;
    all.count = 10'000;
    const auto expected = history("", "", all);
    std::string walked;
    store::HistoryRange page = all;
    page.count = 5;
    while (true) {
        const auto versions = store->view()->history("", "", page);
        BOOST_REQUIRE(versions);
        if (versions->empty()) break;
        store::HistoryRange same = page;
        walked += (walked.empty() ? "" : " ") + history("", "", same);
        page.since = versions->back().t_from;
    }
    BOOST_TEST(walked == expected);
}

BOOST_AUTO_TEST_CASE(a_position_is_found_by_its_instant) {
    put(*store, write_of("Patient", "a"));
    clock.set({kNewYear.microseconds + 1'000});
    put(*store, write_of("Patient", "b"));
    put(*store, write_of("Patient", "c"));
    const auto view = store->view();
    BOOST_TEST(view->time_at({kNewYear.microseconds - 1}) == 0u);
    BOOST_TEST(view->time_at(kNewYear) == 1u);
    BOOST_TEST(view->time_at({kNewYear.microseconds + 999}) == 1u);
    BOOST_TEST(view->time_at({kNewYear.microseconds + 1'000}) == 3u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(callers, Fixture)

namespace {

store::Write of_patient(const std::string& id, const std::string& patient, const std::string& owner = "", const std::string& label = "") {
    auto write = write_of("Observation", id);
    write.rows.patient_id = patient;
    write.rows.tokens.push_back({"code", "s", "k"});
    write.owner = owner;
    if (!label.empty()) write.labels.push_back(label);
    return write;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_history_of_a_rare_type_is_that_part_of_the_whole) {
    auto write = [&](const std::string& type, int number) { put(*store, write_of(type, "r", ",\"n\":" + std::to_string(number))); };
    for (int number = 0; number < 320; ++number) {
        if (number == 60) put(*store, removal_of("Basic", "r"));
        write(number % 80 < 2 ? "Basic" : "Patient", number); // eight of 321: rare enough
    }
    for (const bool newest_first : {true, false}) {
        for (const store::LogTime since : {0, 1, 61, 200}) {
            for (const store::LogTime until : {0, 60, 61, 242}) {
                const store::HistoryRange range{since, until, 1'000, newest_first};
                std::string expected;
                std::istringstream words(history("", "", range));
                for (std::string word; words >> word;) {
                    if (word.starts_with("Basic")) expected += (expected.empty() ? "" : " ") + word;
                }
                BOOST_TEST(history("Basic", "", range) == expected, since << " to " << until);
            }
        }
    }
    BOOST_TEST(history("Basic", "", {.count = 2}) == "Basic/r:9 Basic/r:8");
    BOOST_TEST(history("Basic", "", {.since = 1, .count = 2, .newest_first = false}) == "Basic/r:2 Basic/r:3x");
}

BOOST_AUTO_TEST_CASE(reads_end_by_the_instant_that_they_are_given) {
    std::vector<store::Write> many;
    for (int number = 0; number < 6'000; ++number) many.push_back(coded(std::to_string(number), "x"));
    must(store->commit_and_wait(commit_of(std::move(many))));
    const auto view = store->view();
    view->end_by(std::chrono::steady_clock::now() - std::chrono::seconds(1));
    BOOST_CHECK_THROW(view->all("Observation"), store::ReadLate);
    BOOST_CHECK_THROW(view->tokens("Observation", "code", "s", "x"), store::ReadLate);
    BOOST_TEST(rule_of(view->history("Observation", "", {.count = 6'000}).error()) == "store-late");
    view->end_by(std::nullopt);
    BOOST_TEST(view->all("Observation").size() == 6'000u);
}

BOOST_AUTO_TEST_CASE(a_view_that_was_late_leaves_no_trace) {
    std::vector<store::Write> many;
    for (int number = 0; number < 6'000; ++number) many.push_back(coded(std::to_string(number), "x"));
    must(store->commit_and_wait(commit_of(std::move(many))));
    for (int time = 0; time < 3; ++time) { // the connection goes back to the pool and is used again
        const auto view = store->view();
        view->end_by(std::chrono::steady_clock::now() - std::chrono::seconds(1));
        BOOST_CHECK_THROW(view->all("Observation"), store::ReadLate);
    }
    BOOST_TEST(store->view()->all("Observation").size() == 6'000u);
}

BOOST_AUTO_TEST_CASE(filters_hold_for_searches_reads_and_history) {
    put(*store, of_patient("a", "p1", "hospital-a"));
    put(*store, of_patient("b", "p2", "hospital-b"));
    put(*store, of_patient("c", "p1", "hospital-b", "PSY"));
    put(*store, write_of("Group", "g"));
    struct Case {
        const char* name;
        store::CallerFilter filter;
        const char* found;
    };
    std::vector<Case> cases(5);
    for (auto& one : cases) one.filter.unrestricted = false;
    cases[0] = {"nothing denied", cases[0].filter, "a b c"};
    cases[1] = {"a patient's own", cases[1].filter, "a c"};
    cases[1].filter.patient_id = "p1";
    cases[2] = {"without a label", cases[2].filter, "a b"};
    cases[2].filter.denied_labels = {"PSY", "HIV"};
    cases[3] = {"of one organisation", cases[3].filter, "b c"};
    cases[3].filter.owners = {"hospital-b"};
    cases[4] = {"a patient who says no", cases[4].filter, "b"};
    cases[4].filter.denied_patients = {"p1"};
    for (const auto& one : cases) {
        BOOST_TEST_CONTEXT(one.name) {
            const auto view = store->view(one.filter);
            BOOST_TEST(ids_of(*view, view->all("Observation")) == one.found);
            BOOST_TEST(ids_of(*view, view->tokens("Observation", "code", "s", "k")) == one.found);
            std::string read, in_history;
            for (const std::string id : {"a", "b", "c"}) {
                if (*view->current({"Observation", id})) read += (read.empty() ? "" : " ") + id;
                const bool by_key = view->current_key({"Observation", id}) != 0;
                BOOST_TEST(by_key == (read.ends_with(id)));
                if (*view->version({"Observation", id}, 1)) in_history += (in_history.empty() ? "" : " ") + id;
            }
            BOOST_TEST(read == one.found);
            BOOST_TEST(in_history == one.found);
        }
    }
    store::CallerFilter groups;
    groups.unrestricted = false;
    groups.allowed_types = {"Group"};
    const auto view = store->view(groups);
    BOOST_TEST(view->all("Observation").empty());
    BOOST_TEST(ids_of(*view, view->all("Group")) == "g");
    BOOST_TEST(view->history("", "", {})->size() == 1u);
}

BOOST_AUTO_TEST_CASE(words_about_a_record_close_parts_of_it) {
    put(*store, of_patient("a", "p1", ""));
    put(*store, of_patient("b", "p2", ""));
    put(*store, of_patient("c", "p1", "", "PSY"));
    auto condition = write_of("Condition", "d");
    condition.rows.patient_id = "p1";
    condition.rows.tokens = {{"code", "s", "F20"}};
    put(*store, condition);
    struct Case {
        const char* name;
        store::RecordWord word;
        const char* observations;
        bool shows_condition;
    };
    std::vector<Case> cases;
    const auto add = [&](const char* name, const char* observations, bool shows_condition, auto change) {
        store::RecordWord word;
        word.closes = true;
        change(word);
        cases.push_back({name, std::move(word), observations, shows_condition});
    };
    add("a type", "b", true, [](auto& word) { word.types = {"Observation"}; });
    add("one resource", "b c", true, [](auto& word) { word.resources = {"Observation/a"}; });
    add("a label", "a b", true, [](auto& word) { word.labels = {"PSY"}; });
    add("a code", "a b c", false, [](auto& word) { word.tokens = {{"code", "s", "F20"}, {"category", "s", "F20"}}; });
    add("a code of another type", "a b c", true, [](auto& word) {
        word.types = {"Observation"};
        word.tokens = {{"code", "s", "F20"}};
    });
    add("all but a type", "a b c", false, [](auto& word) {
        word.exceptions.emplace_back();
        word.exceptions.back().types = {"Observation"};
    });
    for (const auto& one : cases) {
        BOOST_TEST_CONTEXT(one.name) {
            store::CallerFilter filter;
            filter.unrestricted = false;
            filter.record_words = std::make_shared<const store::RecordWords>(store::RecordWords{{"p1", {one.word}}});
            const auto view = store->view(filter);
            BOOST_TEST(ids_of(*view, view->all("Observation")) == one.observations);
            BOOST_TEST(ids_of(*view, view->tokens("Condition", "code", "s", "F20")) == (one.shows_condition ? "d" : ""));
            BOOST_TEST((view->current_key({"Condition", "d"}) != 0) == one.shows_condition);
            std::string read;
            for (const std::string id : {"a", "b", "c"}) {
                if (*view->version({"Observation", id}, 1)) read += (read.empty() ? "" : " ") + id;
            }
            BOOST_TEST(read == one.observations);
        }
    }
}

// What is closed holds the code anywhere; what is opened is about it.
BOOST_AUTO_TEST_CASE(words_of_codes_look_into_the_content) {
    const auto coded = [&](const std::string& type, const std::string& id, const std::string& member) {
        auto write = write_of(type, id, "," + member);
        write.rows.patient_id = "p1";
        put(*store, write);
    };
    const std::string hiv = R"({"coding":[{"system":"s","code":"HIV"}]})", other = R"({"coding":[{"system":"s","code":"x"}]})";
    coded("Condition", "stage", R"("code":)" + other + R"(,"stage":[{"summary":)" + hiv + "}]");
    coded("Condition", "evidence", R"("code":)" + other + R"(,"evidence":[{"code":[)" + hiv + "]}]");
    coded("DiagnosticReport", "conclusion", R"("code":)" + other + R"(,"conclusionCode":[)" + hiv + "]");
    coded("Observation", "component", R"("code":)" + other + R"(,"component":[{"code":)" + hiv + "}]");
    coded("Observation", "subject", R"("code":)" + hiv);
    coded("Observation", "elsewhere", R"("code":{"coding":[{"system":"t","code":"HIV"}]})");
    coded("Observation", "none", R"("code":)" + other);
    const auto seen_with = [&](std::vector<store::RecordWord> words) {
        store::CallerFilter filter;
        filter.unrestricted = false;
        filter.record_words = std::make_shared<const store::RecordWords>(store::RecordWords{{"p1", std::move(words)}});
        const auto view = store->view(filter);
        std::string out;
        for (const std::string type : {"Condition", "DiagnosticReport", "Observation"}) out += ids_of(*view, view->all(type)) + ";";
        return out;
    };
    store::RecordWord closing, opening, whole;
    closing.closes = whole.closes = true;
    closing.tokens = {{std::string(store::kAnyCoding), "s", "HIV"}};
    opening.tokens = {{std::string(store::kSubjectCoding), "s", "HIV"}};
    BOOST_TEST(seen_with({closing}) == ";;elsewhere none;");
    BOOST_TEST(seen_with({opening, whole}) == ";;subject;");
    opening.tokens.front().system = "*";
    BOOST_TEST(seen_with({opening, whole}) == ";;subject elsewhere;");
}

// Nobody can say what a damaged body holds: it stays closed, and what others write beside it is written. Over it one may write.
BOOST_AUTO_TEST_CASE(a_damaged_body_stays_closed_and_fails_no_other_commit) {
    const std::string long_text = ",\"text\":\"" + std::string(200, 'x') + '"';
    auto damaged = of_patient("a", "p1");
    damaged.body.insert(damaged.body.size() - 1, long_text);
    put(*store, damaged);
    execute(folder.path(), "UPDATE version SET codec = 1, body = zeroblob(50)");
    store::RecordWord word;
    word.closes = true;
    word.tokens = {{std::string(store::kAnyCoding), "s", "HIV"}};
    store::CallerFilter filter;
    filter.unrestricted = false;
    filter.record_words = std::make_shared<const store::RecordWords>(store::RecordWords{{"p1", {word}}});
    BOOST_TEST(ids_of(*store->view(filter), store->view(filter)->all("Observation")) == "");
    auto over = commit_of({damaged});
    over.sight = filter;
    const auto refused = store->commit_and_wait(over);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(rule_of(refused.error()) == "store-hidden");
    BOOST_TEST(!put(*store, damaged).writes[0].unchanged);
    BOOST_TEST(brief(store->view()->current({"Observation", "a"})) == "2:" + long_text);
}

// A mark of deletion has no rows: who was kept from the result by its code is not told that there was one.
BOOST_AUTO_TEST_CASE(what_a_word_closed_by_code_stays_closed_when_it_is_deleted) {
    put(*store, of_patient("a", "p1", ""));
    auto gone = write_of("Observation", "a");
    gone.action = store::Action::remove;
    put(*store, gone);
    store::RecordWord word;
    word.closes = true;
    word.tokens = {{"code", "s", "k"}};
    store::CallerFilter filter;
    filter.unrestricted = false;
    filter.record_words = std::make_shared<const store::RecordWords>(store::RecordWords{{"p1", {word}}});
    BOOST_TEST(!store->view(filter)->current({"Observation", "a"}).value().has_value());
}

BOOST_AUTO_TEST_CASE(a_condition_bounds_what_is_seen_of_its_type) {
    auto of_category = [](const std::string& id, const std::string& category) {
        auto write = write_of("Observation", id);
        write.rows.tokens = {{"category", "s", category}, {"code", "s", "k"}};
        return write;
    };
    put(*store, of_category("lab", "laboratory"));
    put(*store, of_category("image", "imaging"));
    put(*store, write_of("Patient", "p"));
    store::CallerFilter filter;
    filter.unrestricted = false;
    filter.conditions = {{"Observation", {{"category", "*", "laboratory"}}}, {"Observation", {{"category", "other", "imaging"}}}};
    auto view = store->view(filter);
    BOOST_TEST(ids_of(*view, view->tokens("Observation", "code", "s", "k")) == "lab");
    BOOST_TEST(brief(view->current({"Observation", "image"})) == "-");
    BOOST_TEST(brief(view->current({"Patient", "p"})) != "-");
    filter.conditions = {{"Observation", {{"category", "s", "imaging"}, {"code", "*", "k"}}}};
    view = store->view(filter);
    BOOST_TEST(ids_of(*view, view->all("Observation")) == "image");
    // Writes reach as far: what is there must be seen, and what is left behind too.
    auto commit = [&](store::Write write) {
        auto out = commit_of({std::move(write)});
        out.sight = filter;
        const auto done = store->commit_and_wait(std::move(out));
        return done ? std::string() : rule_of(done.error());
    };
    BOOST_TEST(commit(of_category("image", "laboratory")) == "store-compartment");
    BOOST_TEST(commit(of_category("lab", "imaging")) == "store-hidden");
    BOOST_TEST(commit(removal_of("Observation", "lab")) == "store-hidden");
    BOOST_TEST(commit(of_category("new", "imaging")) == "");
}

BOOST_AUTO_TEST_CASE(a_deletion_is_hidden_like_what_it_deletes) {
    put(*store, of_patient("a", "p1", "hospital-a", "PSY"));
    put(*store, removal_of("Observation", "a"));
    store::CallerFilter filter;
    filter.unrestricted = false;
    filter.denied_labels = {"PSY"};
    BOOST_TEST(brief(store->view(filter)->current({"Observation", "a"})) == "-");
    BOOST_TEST(brief(store->view()->current({"Observation", "a"})) == "2:deleted");
}

BOOST_AUTO_TEST_CASE(a_label_taken_off_shows_the_later_version_only) {
    put(*store, of_patient("a", "p1", "", "PSY"));
    auto open = of_patient("a", "p1");
    open.body.insert(open.body.size() - 1, ",\"x\":1");
    put(*store, open);
    store::CallerFilter filter;
    filter.unrestricted = false;
    filter.denied_labels = {"PSY"};
    const auto view = store->view(filter);
    BOOST_TEST(brief(view->current({"Observation", "a"})) == "2:,\"x\":1");
    BOOST_TEST(brief(view->version({"Observation", "a"}, 1)) == "-");
    BOOST_TEST(view->history("Observation", "a", {})->size() == 1u);
}

// Who follows the log looks at each entry through a view of its time: an entry that no view shows yet would seem to have changed nothing.
BOOST_AUTO_TEST_CASE(the_log_never_tells_what_a_view_does_not_show) {
    const ScratchFolder folder;
    const auto store = open_in(folder.path());
    std::atomic<bool> is_ended{false};
    std::atomic<int> hidden{0};
    std::thread follower([&] {
        for (store::LogTime seen = 0; !is_ended;) {
            const auto entries = store->log(seen, 100);
            for (const auto& entry : *entries) {
                const auto version = store->view({}, entry.t)->current({"Patient", "p"});
                if (!version || !*version || (*version)->version != entry.writes.front().second) ++hidden;
                seen = entry.t;
            }
        }
    });
    for (int number = 0; number < 300; ++number) put(*store, write_of("Patient", "p", ",\"n\":" + std::to_string(number)));
    is_ended = true;
    follower.join();
    BOOST_TEST(hidden == 0);
}

BOOST_AUTO_TEST_SUITE_END()
