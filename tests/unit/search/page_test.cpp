// Pages, order, includes, totals, and conditions of writes.
#include "search/conditions.hpp"
#include "unit/search/ward.hpp"

#include <random>
#include <set>
#include <utility>

using namespace huitong;
using namespace huitong::tests;

namespace {

std::string observation(const std::string& id, const std::string& patient, const std::string& date, double value = 1) {
    return R"({"resourceType":"Observation","id":")" + id + R"(","status":"final","code":{"coding":[{"system":"urn:k","code":"K"}]},)" +
           R"("subject":{"reference":"Patient/)" + patient + R"("},"effectiveDateTime":")" + date + R"(","valueQuantity":{"value":)" +
           std::to_string(value) + "}}";
}

struct Fixture : Ward {
    /// All pages by their next links; ids in order.
    std::vector<std::string> walk(const std::string& query, std::size_t pages_max = 1'000) {
        std::vector<std::string> out;
        std::string page_token;
        for (std::size_t number = 0; number < pages_max; ++number) {
            const auto found = page(query + (page_token.empty() ? "" : "&_page=" + page_token));
            BOOST_REQUIRE(found);
            for (const auto& entry : found->entries) out.push_back(entry.version.key.id);
            page_token = found->next;
            if (page_token.empty()) break;
        }
        return out;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pages, Fixture)

BOOST_AUTO_TEST_CASE(pages_give_every_match_once_newest_first) {
    for (int number = 0; number < 25; ++number) add(observation("o" + std::to_string(number), "p", "2026-01-01"));
    const auto found = walk("Observation?code=K&_count=4");
    BOOST_REQUIRE(found.size() == 25u);
    for (int number = 0; number < 25; ++number) BOOST_TEST(found[static_cast<std::size_t>(number)] == "o" + std::to_string(24 - number));
    const auto first = page("Observation?code=K&_count=4");
    BOOST_TEST(*first->total == 25u);
    BOOST_TEST(first->previous.empty());
    const auto second = page("Observation?code=K&_count=4&_page=" + first->next);
    BOOST_TEST(!second->previous.empty());
    const auto back = page("Observation?code=K&_count=4&_page=" + second->previous);
    BOOST_TEST(back->entries[0].version.key.id == first->entries[0].version.key.id);
}

BOOST_AUTO_TEST_CASE(pages_lose_and_repeat_nothing_while_others_write) {
    for (int number = 0; number < 30; ++number)
        add(observation("o" + std::to_string(number), "p", "2026-01-" + std::to_string(10 + number % 20)));
    std::set<std::string> expected;
    for (const auto& id : walk("Observation?code=K&_count=100")) expected.insert(id);
    for (const std::string sort : {"", "&_sort=date", "&_sort=-date"}) {
        const auto query = "Observation?code=K&_count=7" + sort;
        std::multiset<std::string> seen;
        std::set<std::string> start;
        for (const auto& id : walk("Observation?code=K&_count=1000")) start.insert(id);
        std::string token;
        int step = 0;
        do {
            const auto found = page(query + (token.empty() ? "" : "&_page=" + token));
            BOOST_REQUIRE(found);
            for (const auto& entry : found->entries) seen.insert(entry.version.key.id);
            token = found->next;
            // Between two pages: one comes, one goes, one moves.
            ++step;
            add(observation("new" + sort + std::to_string(step), "p", "2026-01-15"));
            add(observation("o" + std::to_string(step), "p", "2026-02-" + std::to_string(10 + step)));
            put(*store, removal_of("Observation", "o" + std::to_string(29 - step)));
        } while (!token.empty());
        BOOST_TEST((std::set<std::string>(seen.begin(), seen.end()) == start));
        BOOST_TEST(seen.size() == start.size());
    }
}

BOOST_AUTO_TEST_CASE(order_by_one_and_by_several) {
    add(observation("a", "p", "2026-01-03", 10));
    add(observation("b", "q", "2026-01-01", -5));
    add(observation("c", "p", "2026-01-02", 2));
    add(R"({"resourceType":"Observation","id":"d","status":"final","code":{"coding":[{"system":"urn:k","code":"K"}]}})");
    const std::pair<const char*, const char*> cases[] = {
        {"_sort=date", "b c a d"},
        {"_sort=-date", "a c b d"},
        {"_sort=value-quantity", "b c a d"},
        {"_sort=-value-quantity", "a c b d"},
        {"_sort=patient,date", "c a b d"},
        {"_sort=-patient,-date", "b a c d"},
        {"_sort=_id", "a b c d"},
        {"_sort=-_id", "d c b a"},
        {"_sort=_lastUpdated", "a b c d"},
        {"_sort=-_lastUpdated", "d c b a"},
        {"_sort=status", "a b c d"},
        {"", "d c b a"},
    };
    for (const auto& [sort, expected] : cases) BOOST_TEST(ids("Observation?code=K&" + std::string(sort)) == expected, sort);
}

BOOST_AUTO_TEST_CASE(order_of_many_is_the_order_of_few) {
    // Beyond some hundreds of matches the order comes from the rows instead of from the bodies.
    std::string lines;
    for (int number = 0; number < 620; ++number) {
        lines += R"({"resourceType":"Patient","id":"p)" + std::to_string(number) + R"(","active":)" + (number < 300 ? "true" : "false") +
                 R"(,"gender":")" + (number % 3 == 0 ? "female" : "male") + R"(","birthDate":")" + std::to_string(1950 + number * 37 % 60) +
                 R"(","name":[{"family":"F)" + std::to_string(number * 7919 % 1'000) + R"("}])" +
                 (number % 5 == 0 ? "" : R"(,"managingOrganization":{"reference":"Organization/h)" + std::to_string(number % 7) + "\"}") +
                 "}\n";
    }
    add_lines(lines);
    for (const std::string sort : {"birthdate", "-birthdate", "family", "-family", "gender,-birthdate", "organization,family"}) {
        const auto all = walk("Patient?_count=200&_sort=" + sort);
        BOOST_REQUIRE(all.size() == 620u);
        std::vector<std::string> active;
        for (const auto& id : all) {
            if (std::stoi(id.substr(1)) < 300) active.push_back(id);
        }
        BOOST_TEST(walk("Patient?active=true&_count=200&_sort=" + sort) == active, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(totals_and_counts) {
    for (int number = 0; number < 5; ++number) add(observation("o" + std::to_string(number), "p", "2026-01-01"));
    BOOST_TEST(*page("Observation?_count=2")->total == 5u);
    BOOST_TEST(!page("Observation?_count=2&_total=none")->total);
    BOOST_TEST(page("Observation?_summary=count")->entries.empty());
    BOOST_TEST(*page("Observation?_summary=count&code=K")->total == 5u);
    BOOST_TEST(*page("Observation?_count=0")->total == 5u);
    BOOST_TEST(page("Observation?_count=0")->entries.empty());
}

BOOST_AUTO_TEST_CASE(all_types_at_once) {
    add(observation("o", "p", "2026-01-01"));
    add(R"({"resourceType":"Patient","id":"p","meta":{"tag":[{"system":"t","code":"x"}]}})");
    add(R"({"resourceType":"Group","id":"g","type":"person","actual":true,"meta":{"tag":[{"system":"t","code":"x"}]}})");
    BOOST_TEST(ids("?_tag=t|x") == "g p");
    BOOST_TEST(ids("?_type=Patient,Observation") == "p o");
    BOOST_TEST(ids("?_type=Patient&_tag=x") == "p");
    BOOST_TEST(ids("?_type=Patient,Observation&_sort=_lastUpdated") == "o p");
    BOOST_TEST(ids("?_id=o,g") == "g o");
}

BOOST_AUTO_TEST_CASE(by_the_time_of_the_last_update) {
    add(R"({"resourceType":"Patient","id":"a"})");
    clock.set({kNoon.microseconds + kMicrosecondsPerDay});
    add(R"({"resourceType":"Patient","id":"b"})");
    BOOST_TEST(ids("Patient?_lastUpdated=2026-11-20") == "a");
    BOOST_TEST(ids("Patient?_lastUpdated=gt2026-11-20") == "b");
    BOOST_TEST(ids("Patient?_lastUpdated=ge2026-11-20T12:00:00%2B08:00") == "b a");
    BOOST_TEST(ids("Patient?_lastUpdated=2026-11-20,2026-11-21") == "b a");
    BOOST_TEST(ids("Patient?_lastUpdated=lt2026-11-20").empty());
}

BOOST_AUTO_TEST_CASE(included_resources_follow_the_matches) {
    add_lines(R"({"resourceType":"Organization","id":"h0"}
{"resourceType":"Organization","id":"h1","partOf":{"reference":"Organization/h0"}}
{"resourceType":"Patient","id":"p","managingOrganization":{"reference":"Organization/h1"}}
{"resourceType":"Patient","id":"q"}
)");
    add(observation("o1", "p", "2026-01-01"));
    add(observation("o2", "p", "2026-01-02"));
    add(R"({"resourceType":"Provenance","id":"v","recorded":"2026-01-01T00:00:00Z","target":[{"reference":"Observation/o1"}],"agent":[{"who":{"reference":"Patient/q"}}]})");
    const std::pair<const char*, const char*> cases[] = {
        {"Observation?_id=o1&_include=Observation:subject", "o1 +p"},
        {"Observation?_id=o1&_include=Observation:patient", "o1 +p"},
        {"Observation?_id=o1&_include=Observation:subject:Group", "o1"},
        {"Observation?_id=o1&_include=Observation:*", "o1 +p"},
        {"Observation?_id=o1&_include=*", "o1 +p"},
        {"Observation?code=K&_include=Observation:subject", "o2 o1 +p"},
        {"Observation?_id=o1&_include=Observation:subject&_include=Patient:organization", "o1 +p"},
        {"Observation?_id=o1&_include=Observation:subject&_include:iterate=Patient:organization", "o1 +p +h1"},
        {"Observation?_id=o1&_include=Observation:subject&_include:iterate=Patient:organization&_include:iterate=Organization:partof",
         "o1 +p +h1 +h0"},
        {"Organization?_id=h1&_include:iterate=Organization:partof", "h1 +h0"},
        {"Patient?_id=p&_revinclude=Observation:subject", "p +o1 +o2"},
        {"Patient?_id=p&_revinclude=Observation:patient", "p +o1 +o2"},
        {"Patient?_id=p&_revinclude=Observation:*", "p +o1 +o2"},
        {"Patient?_id=p&_revinclude=Observation:subject:Group", "p"},
        {"Patient?_id=p&_revinclude=Observation:subject&_revinclude:iterate=Provenance:target", "p +o1 +o2 +v"},
        {"Observation?_id=o1&_revinclude=Provenance:target&_include:iterate=Provenance:agent", "o1 +v +q"},
    };
    for (const auto& [query, expected] : cases) BOOST_TEST(ids(query) == expected, query << " finds " << ids(query));
    BOOST_TEST(*page("Observation?_id=o1&_include=Observation:subject")->total == 1u);
}

BOOST_AUTO_TEST_CASE(the_plan_is_told_when_asked) {
    add(observation("o1", "p", "2026-01-01"));
    const auto found = page("Observation?patient=p&code=K&date=ge2025&status=final");
    BOOST_REQUIRE(found && found->plan.size() == 2u);
    BOOST_TEST(found->plan[0] == "timeline of the patient: 1");
    BOOST_TEST(found->plan[1] == "status: 1");
}

BOOST_AUTO_TEST_CASE(the_timeline_answers_as_the_conditions_do) {
    std::string lines;
    for (int number = 0; number < 60; ++number) {
        const auto id = std::to_string(number);
        lines += R"({"resourceType":"Observation","id":"o)" + id + R"(","status":"final","code":{"coding":[{"system":"urn:k","code":")" +
                 (number % 2 == 0 ? "K" : "Na") + R"("}]},"subject":{"reference":"Patient/p)" + std::to_string(number % 3) + "\"}" +
                 (number % 4 == 0 ? "" : R"(,"effectiveDateTime":"2026-01-)" + std::to_string(10 + number % 15) + '"') + "}\n";
    }
    add_lines(lines);
    // A second value that finds nothing keeps the plan from the timeline.
    for (const std::string date :
         {"", "2026-01-14", "gt2026-01-14", "le2026-01-14", "ne2026-01-14", "sa2026-01-20", "eb2026-01-12", "lt2026-01-11"}) {
        const auto when = date.empty() ? "" : "&date=" + date;
        const auto quick = ids("Observation?patient=p1&code=urn:k|K&_count=100" + when);
        BOOST_TEST(quick == ids("Observation?patient=p1,nobody&code=urn:k|K,nothing&_count=100" + when), date);
        BOOST_TEST(ids("Observation?subject=Patient/p1&_count=100" + when) ==
                       ids("Observation?subject=Patient/p1,Patient/x&_count=100" + when),
                   date);
    }
}

BOOST_AUTO_TEST_CASE(a_span_of_two_dates_is_asked_of_the_timeline) {
    for (int day = 10; day < 20; ++day) {
        const auto text = std::to_string(day);
        add(observation("o" + text, "p", "2026-01-" + text));
    }
    const auto found = page("Observation?patient=p&code=K&date=ge2026-01-12&date=sa2026-01-14");
    BOOST_REQUIRE(found);
    BOOST_TEST(found->plan.size() == 1u);
    BOOST_TEST(*found->total == 5u);
}

BOOST_AUTO_TEST_CASE(a_code_and_dates_without_a_patient_are_asked_together) {
    add(observation("o1", "p", "2026-01-01"));
    add(observation("o2", "q", "2026-02-01"));
    const auto found = page("Observation?code=K&date=ge2026-01-15&date=lt2026-03&status=final");
    BOOST_REQUIRE(found && found->plan.size() == 2u);
    BOOST_TEST(found->plan[0] == "codes and dates together: 1");
    BOOST_TEST(*found->total == 1u);
    BOOST_TEST(rule_of(page("Observation?code=K&date=tomorrow").error()) == "search-value");
}

BOOST_AUTO_TEST_CASE(a_condition_that_names_few_goes_before_codes_and_dates) {
    for (const std::string number : {"1", "2", "3"}) add(observation("o" + number, "p", "2026-0" + number + "-01"));
    const auto found = page("Observation?code=K&date=ge2026-01-15&_id=o1,o2");
    BOOST_REQUIRE(found && found->plan.size() == 2u);
    BOOST_TEST(found->plan[0] == "_id: 2");
    BOOST_TEST(found->plan[1] == "codes and dates together: 1 of 2");
    BOOST_TEST(ids("Observation?code=K&date=ge2026-01-15&_id=o1,o2") == "o2");
    BOOST_TEST(ids("Observation?code=K&date=ge2026-01-15&_id=none") == "");
}

BOOST_AUTO_TEST_CASE(codes_and_dates_together_find_what_each_finds_alone) {
    static constexpr const char* kDates[] = {"2026", "2026-01", "2026-01-10", "2026-01-10T08:30:00+08:00", "2026-01-11T08:30:00.250Z"};
    std::mt19937_64 random(20'261'128);
    auto below = [&](std::size_t bound) { return random() % bound; };
    std::vector<store::Write> writes;
    for (std::size_t number = 0; number < store::kTextBlock + 300; ++number) {
        const auto id = std::to_string(below(3'000));
        if (below(25) == 0) {
            writes.push_back(removal_of("Observation", "o" + id));
        } else {
            const auto day = std::to_string(10 + below(20));
            std::string text = R"({"resourceType":"Observation","id":"o)" + id +
                               R"(","status":"final","code":{"coding":[{"system":"urn:k","code":"K)" + std::to_string(below(4)) + "\"}" +
                               (below(5) == 0 ? R"(,{"code":"K0"})" : "") + "]}";
            if (below(10) != 0) text += R"(,"subject":{"reference":"Patient/p)" + std::to_string(below(7)) + "\"}";
            if (below(10) != 0) {
                text += below(4) == 0
                            ? R"(,"effectivePeriod":{"start":"2026-01-)" + day + "\"}"
                            : R"(,"effectiveDateTime":")" + (below(2) == 0 ? "2026-01-" + day : kDates[below(std::size(kDates))]) + '"';
            }
            writes.push_back(write_of(text + '}'));
        }
        if (number % 200 == 199) must(store->commit_and_wait(commit_of(std::exchange(writes, {}))));
    }
    must(store->commit_and_wait(commit_of(std::move(writes))));
    const auto halfway = store->now() / 2;
    auto answer = [&](const std::string& text, store::LogTime t) {
        Outcome warnings;
        const auto query = query_of(text + "&_summary=count", true, warnings);
        BOOST_REQUIRE(query);
        const auto found = search::run(registry, *store->view({}, t), *query, Limits{});
        BOOST_REQUIRE(found);
        return std::pair(*found->total, found->plan[0].starts_with("codes and dates together"));
    };
    std::string some = "&_id=o0";
    for (int number = 0; number < 60; ++number) some += ",o" + std::to_string(below(3'000));
    auto compare = [&] {
        for (const std::string code : {"K1", "urn:k|K0", "|K0", "K0,urn:k|K2", "none"}) {
            for (const std::string prefix : {"", "ne", "ge", "gt", "le", "lt", "sa", "eb"}) {
                for (const std::string date : {"2026-01-15", "2026", "2026-01-10T08:30:00%2B08:00"}) {
                    const auto together = "Observation?code=" + code + "&date=" + prefix + date;
                    // Another condition between the two keeps them apart.
                    const auto apart = "Observation?code=" + code + "&_filter=date " + (prefix.empty() ? "eq" : prefix) + ' ' + date;
                    for (const auto t : {store::LogTime{0}, halfway}) {
                        BOOST_TEST(answer(together, t).first == answer(apart, t).first, together);
                        BOOST_TEST(answer(together, t).second);
                        BOOST_TEST(!answer(apart, t).second);
                        BOOST_TEST(answer(together + some, t).first == answer(apart + some, t).first, together);
                    }
                }
            }
        }
    };
    compare();
    while (*store->tend()) {}
    compare();
}

BOOST_AUTO_TEST_CASE(a_query_has_so_many_conditions) {
    std::string conditions = "code=K";
    for (int count = 1; count < 1'000; ++count) conditions += "&code=K";
    BOOST_TEST(page("Observation?" + conditions).has_value());
    BOOST_TEST(rule_of(page("Observation?" + conditions + "&code=K").error()) == "search-parameters-max");
    std::string filter = "code eq K";
    for (int count = 1; count < 1'001; ++count) filter += " or code eq K";
    BOOST_TEST(rule_of(page("Observation?_filter=" + filter).error()) == "search-parameters-max");
    BOOST_TEST(registry.nearest("Observation", std::string(65, 'x')).empty());
}

BOOST_AUTO_TEST_CASE(a_condition_of_many_values_ends_at_the_deadline) {
    add(observation("o1", "p", "2026-01-01"));
    // Asked of the condition itself: between two conditions the query looks at the clock too.
    const auto view = store->view();
    const auto find = [&](const std::string& text, search::Conditions::Deadline deadline) {
        Outcome warnings;
        const auto query = query_of("Observation?" + text, true, warnings);
        return search::Conditions(registry, *view, deadline).find("Observation", query->parameters.at(0));
    };
    const auto now = std::chrono::steady_clock::now();
    for (const auto* text : {"code=K,Na", "_filter=code eq K or code eq Na"}) {
        const auto in_time = find(text, now + std::chrono::hours(1));
        BOOST_REQUIRE(in_time.has_value());
        BOOST_TEST(in_time->size() == 1u);
        const auto late = find(text, now - std::chrono::seconds(1));
        BOOST_REQUIRE(!late);
        BOOST_TEST(rule_of(late.error()) == "search-timeout", text);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(matches, Fixture)

namespace {

std::string guards_text(const search::Matches& matches) {
    std::string out;
    for (const auto& guard : matches.guards) out += (out.empty() ? "" : " ") + guard.param + '=' + guard.system + '|' + guard.code;
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(matches_come_with_the_keys_that_were_asked) {
    add(R"({"resourceType":"Patient","id":"a","identifier":[{"system":"s","value":"1"}]})");
    add(R"({"resourceType":"Patient","id":"b","identifier":[{"system":"s","value":"2"}]})");
    const auto view = store->view();
    auto matches = [&](const std::string& criteria) { return search::find_matches(registry, *view, "Patient", criteria, 2, Limits{}); };
    const auto one = matches("identifier=s|1");
    BOOST_REQUIRE(one && one->keys.size() == 1u);
    BOOST_TEST(one->keys[0].id == "a");
    BOOST_TEST(guards_text(*one) == "identifier=s|1");
    BOOST_TEST(one->t == 2u);
    BOOST_TEST(matches("identifier=s|1,s|2")->keys.size() == 2u);
    BOOST_TEST(guards_text(*matches("identifier=1&name=x")) == "identifier=*|1");
    BOOST_TEST(matches("identifier=s|9")->keys.empty());
    BOOST_TEST(rule_of(matches("name=x").error()) == "search-criteria-weak");
    BOOST_TEST(rule_of(matches("birthdate=2020").error()) == "search-criteria-weak");
    BOOST_TEST(rule_of(matches("identifier:not=s|1").error()) == "search-criteria-weak");
    BOOST_TEST(rule_of(matches("").error()) == "search-criteria-weak");
    BOOST_TEST(rule_of(matches("colour=red").error()) == "search-unknown-parameter");
    BOOST_TEST(matches("_id=a")->keys.size() == 1u);
}

BOOST_AUTO_TEST_CASE(criteria_have_the_time_of_a_search) {
    add(R"({"resourceType":"Patient","id":"a","identifier":[{"system":"s","value":"1"}]})");
    const auto view = store->view();
    Limits limits;
    limits.search_ms_max = 0;
    BOOST_TEST(rule_of(search::find_matches(registry, *view, "Patient", "identifier=s|1", 2, limits).error()) == "search-timeout");
    BOOST_TEST(
        search::find_matches(registry, *view, "Patient", "identifier=s|1", 2, Limits{}).has_value()); // the view is not ended with it
}

BOOST_AUTO_TEST_CASE(a_narrowed_reference_is_guarded_where_its_rows_stand) {
    const auto view = store->view();
    const auto found = search::find_matches(registry, *view, "Observation", "patient=Patient/p&code=urn:k|K", 2, Limits{});
    BOOST_REQUIRE(found);
    BOOST_TEST(guards_text(*found) == "subject=Patient|p code=urn:k|K");
    // Somebody writes it meanwhile: a commit that was resolved before must be refused.
    add(observation("o", "p", "2026-01-01"));
    auto commit = commit_of({write_of(observation("o2", "p", "2026-01-01"))});
    commit.guards = found->guards;
    commit.resolved_at = found->t;
    BOOST_TEST(rule_of(store->commit_and_wait(commit).error()) == "store-guard");
}

BOOST_AUTO_TEST_SUITE_END()
