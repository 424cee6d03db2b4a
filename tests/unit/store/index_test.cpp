// Index reads against rows: one resource a value, and the ids that each condition finds.
#include "unit/store/fixture.hpp"

using namespace huitong;
using namespace huitong::tests;
using store::Compare;

namespace {

struct Fixture {
    ScratchFolder folder;
    std::shared_ptr<store::Store> store = open_in(folder.path());

    void add(const std::string& id, store::IndexRows rows) {
        auto write = write_of("Observation", id);
        write.rows = std::move(rows);
        put(*store, write);
    }
    template <class Read>
    std::string find(Read read) {
        const auto view = store->view();
        return ids_of(*view, read(*view));
    }
};

constexpr std::int64_t kHour = 3'600 * kMicrosecondsPerSecond;
constexpr std::int64_t kDay = kMicrosecondsPerDay;

constexpr std::pair<Compare, const char*> kCompares[] = {{Compare::eq, "eq"}, {Compare::ne, "ne"}, {Compare::gt, "gt"},
                                                         {Compare::lt, "lt"}, {Compare::ge, "ge"}, {Compare::le, "le"},
                                                         {Compare::sa, "sa"}, {Compare::eb, "eb"}, {Compare::ap, "ap"}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(index_reads, Fixture)

BOOST_AUTO_TEST_CASE(tokens_by_system_and_code) {
    add("a", {.tokens = {{"code", "s1", "x"}, {"code", "s2", "y"}}});
    add("b", {.tokens = {{"code", "", "x"}}});
    add("c", {.tokens = {{"other", "s1", "x"}}});
    using Text = std::optional<std::string>;
    const std::tuple<Text, Text, const char*> cases[] = {
        {std::nullopt, "x", "a b"},
        {"s1", "x", "a"},
        {"", "x", "b"},
        {"s2", "x", ""},
        {"s2", std::nullopt, "a"},
        {"", std::nullopt, "b"},
        {std::nullopt, std::nullopt, "a b"},
        {"s9", "x", ""},
    };
    for (const auto& [system, code, expected] : cases) {
        BOOST_TEST_CONTEXT(system.value_or("*") << '|' << code.value_or("*")) {
            BOOST_TEST(find([&](auto& view) { return view.tokens("Observation", "code", system, code); }) == expected);
        }
    }
    const auto view = store->view();
    BOOST_TEST(view->count_tokens("Observation", "code", std::nullopt, "x") == 2u);
    BOOST_TEST(view->count_tokens("Observation", "code", "s1", "x") == 1u);
}

BOOST_AUTO_TEST_CASE(very_many_codes_of_one_system) {
    std::vector<store::Write> writes;
    for (int number = 0; number < 2'500; ++number) {
        writes.push_back(write_of("Observation", "o" + std::to_string(number)));
        writes.back().rows.tokens.push_back({"identifier", "s", std::to_string(number)});
    }
    must(store->commit_and_wait(commit_of(std::move(writes))));
    BOOST_TEST(store->view()->tokens("Observation", "identifier", "s", std::nullopt).size() == 2'500u);
}

BOOST_AUTO_TEST_CASE(strings_by_prefix_part_and_exactly) {
    add("a", {.strings = {{"name", "muller", "Müller"}}});
    add("b", {.strings = {{"name", "mull", "mull"}, {"name", "erika", "Erika"}}});
    add("c", {.strings = {{"name", "张三", "张三"}}});
    using Match = store::IndexView::StringMatch;
    const std::tuple<Match, const char*, const char*, const char*> cases[] = {
        {Match::prefix, "mull", "", "a b"},      {Match::prefix, "muller", "", "a"},     {Match::prefix, "张", "", "c"},
        {Match::contains, "ull", "", "a b"},     {Match::contains, "三", "", "c"},       {Match::contains, "Müll", "", ""},
        {Match::exact, "muller", "Müller", "a"}, {Match::exact, "muller", "muller", ""}, {Match::exact, "mull", "mull", "b"},
        {Match::prefix, "", "", "a b c"},
    };
    for (const auto& [match, folded, exact, expected] : cases)
        BOOST_TEST(find([&](auto& view) { return view.strings("Observation", "name", match, folded, exact); }) == expected);
}

BOOST_AUTO_TEST_CASE(uris_exact_below_and_above) {
    add("a", {.uris = {{"url", "http://x.example/a"}}});
    add("b", {.uris = {{"url", "http://x.example/a/b"}}});
    add("c", {.uris = {{"url", "http://x.example/ab"}}});
    using Match = store::IndexView::UriMatch;
    const std::tuple<Match, const char*, const char*> cases[] = {
        {Match::exact, "http://x.example/a", "a"},   {Match::below, "http://x.example/a", "a b"},
        {Match::below, "http://x.example", "a b c"}, {Match::above, "http://x.example/a/b/c", "a b"},
        {Match::above, "http://x.example/a", "a"},   {Match::exact, "http://x.example", ""},
    };
    for (const auto& [match, uri, expected] : cases)
        BOOST_TEST(find([&](auto& view) { return view.uris("Observation", "url", match, uri); }) == expected);
}

BOOST_AUTO_TEST_CASE(dates_short_and_long_by_every_comparison) {
    // Days counted from 100: an instant, a day, a period over several days, one without end, one without beginning.
    auto day = [](std::int64_t number) { return Instant{(100 + number) * kDay}; };
    const Instant beginning{-62'135'596'800'000'000}, end{253'402'300'800'000'000};
    auto with = [&](const std::string& id, Instant low, Instant high) { add(id, {.dates = {{"date", low, high}}}); };
    with("instant", {day(3).microseconds + kHour}, {day(3).microseconds + kHour + 1});
    with("day", day(3), day(4));
    with("before", day(1), day(2));
    with("after", day(6), day(7));
    with("period", day(2), day(6));
    with("open", day(3), end);
    with("until", beginning, day(3));
    // Searched: the day 3, [3, 4).
    const std::pair<const char*, const char*> cases[] = {
        {"eq", "instant day"},
        {"ne", "before after period open until"},
        {"gt", "after period open"},
        {"lt", "before period until"},
        {"ge", "instant day after period open"},
        {"le", "instant day before period until"},
        {"sa", "after"},
        {"eb", "before until"},
        {"ap", "instant day period open"},
    };
    for (const auto& [compare, name] : kCompares) {
        for (const auto& [wanted, expected] : cases) {
            if (std::string_view(wanted) != name) continue;
            BOOST_TEST(find([&, c = compare](auto& view) { return view.dates("Observation", "date", c, day(3), day(4)); }) == expected,
                       name);
        }
    }
}

BOOST_AUTO_TEST_CASE(numbers_and_ranges_by_every_comparison) {
    auto with = [&](const std::string& id, double low, double high) {
        add(id, {.quantities = {{.param = "n", .low = low, .high = high}}});
    };
    with("five", 5, 5);
    with("near", 5.2, 5.2);
    with("six", 6, 6);
    with("four", 4, 4);
    with("less", -store::kUnboundedNumber, 5);
    with("range", 4, 6);
    // 5 as searched: [4.5, 5.5).
    const std::pair<const char*, const char*> cases[] = {
        {"eq", "five near"},
        {"ne", "six four less range"},
        {"gt", "near six range"},
        {"lt", "four less range"},
        {"ge", "five near six less range"},
        {"le", "five four less range"},
        {"sa", "six"},
        {"eb", "four"},
        {"ap", "five near less range"},
    };
    for (const auto& [compare, name] : kCompares) {
        for (const auto& [wanted, expected] : cases) {
            if (std::string_view(wanted) != name) continue;
            const store::NumberCondition condition{compare, 5, 4.5, 5.5};
            BOOST_TEST(find([&](auto& view) { return view.quantities("Observation", "n", condition, {}); }) == expected, name);
        }
    }
}

BOOST_AUTO_TEST_CASE(quantities_as_written_and_canonical) {
    store::QuantityRow milligram{.param = "q", .system = "ucum", .unit = "mg", .low = 5, .high = 5};
    milligram.canonical_unit = "g";
    milligram.canonical_low = milligram.canonical_high = 0.005;
    add("a", {.quantities = {milligram}});
    add("b", {.quantities = {{.param = "q", .system = "local", .unit = "mg", .low = 5, .high = 5}}});
    add("c", {.quantities = {{.param = "q", .system = "", .unit = "Stk", .low = 5, .high = 5}}});
    const store::NumberCondition five{Compare::eq, 5, 4.5, 5.5};
    const std::tuple<store::NumberCondition, store::IndexView::Unit, const char*> cases[] = {
        {five, {}, "a b c"},
        {five, {"", "mg", false}, "a b"},
        {five, {"local", "mg", false}, "b"},
        {five, {"", "Stk", false}, "c"},
        {five, {"other", "mg", false}, ""},
        {{Compare::eq, 0.005, 0.0045, 0.0055}, {"", "g", true}, "a"},
        {five, {"", "g", true}, ""},
    };
    for (const auto& [condition, unit, expected] : cases)
        BOOST_TEST(find([&, c = condition, u = unit](auto& view) { return view.quantities("Observation", "q", c, u); }) == expected,
                   unit.system << '|' << unit.code);
}

BOOST_AUTO_TEST_CASE(references_and_what_stands_at_their_ends) {
    put(*store, write_of("Patient", "p"));
    put(*store, write_of("Patient", "q"));
    put(*store, write_of("Group", "p"));
    add("a", {.references = {{"subject", "Patient", "p", "", ""}}});
    add("b", {.references = {{"subject", "Group", "p", "", ""}}});
    add("c", {.references = {{"subject", "", "urn:uuid:1", "", ""}, {"subject", "", "", "urn:mrn", "77"}}});
    add("d", {.references = {{"subject", "Patient", "nobody", "", ""}}});
    auto subject = [&](std::optional<std::string> type, const std::string& id) {
        return find([&](auto& view) { return view.references("Observation", "subject", type, id); });
    };
    BOOST_TEST(subject("Patient", "p") == "a");
    BOOST_TEST(subject(std::nullopt, "p") == "a b");
    BOOST_TEST(subject("", "urn:uuid:1") == "c");
    BOOST_TEST(subject("Patient", "nobody") == "d");
    BOOST_TEST(find([](auto& view) { return view.reference_identifiers("Observation", "subject", "urn:mrn", "77"); }) == "c");
    BOOST_TEST(find([](auto& view) { return view.reference_identifiers("Observation", "subject", "", "77"); }) == "c");
    BOOST_TEST(find([](auto& view) { return view.present("Observation", "subject"); }) == "a b c d");
    BOOST_TEST(find([](auto& view) { return view.present("Observation", "subject", "Patient"); }) == "a d");
    BOOST_TEST(find([](auto& view) { return view.references_to("Observation", "subject", view.all("Patient")); }) == "a");
    BOOST_TEST(find([](auto& view) { return view.referenced_by("Observation", "subject", view.all("Observation"), "Patient"); }) == "p");
    put(*store, removal_of("Patient", "p"));
    BOOST_TEST(find([](auto& view) { return view.referenced_by("Observation", "subject", view.all("Observation"), "Patient"); }).empty());
    const auto before = store->view({}, 7);
    BOOST_TEST(ids_of(*before, before->referenced_by("Observation", "subject", before->all("Observation"), "Patient")) == "p");
}

BOOST_AUTO_TEST_CASE(the_timeline_of_a_patient_newest_first) {
    auto with = [&](const std::string& id, const std::string& patient, const std::string& code, std::int64_t day) {
        store::IndexRows rows;
        rows.patient_id = patient;
        rows.timeline.push_back({patient, "loinc", code, {day * kDay}, {day * kDay + 1}});
        add(id, rows);
    };
    with("a", "p", "K", 10);
    with("b", "p", "K", 30);
    with("c", "p", "Na", 20);
    with("d", "q", "K", 40);
    with("e", "p", "K", 20);
    using Text = std::optional<std::string>;
    auto timeline = [&](Text system, Text code, std::optional<store::IndexView::DateCondition> when) {
        return find([&](auto& view) { return view.timeline("p", "Observation", system, code, when); });
    };
    BOOST_TEST(timeline("loinc", "K", std::nullopt) == "b e a");
    BOOST_TEST(timeline(std::nullopt, "Na", std::nullopt) == "c");
    BOOST_TEST(timeline(std::nullopt, std::nullopt, std::nullopt) == "b e c a");
    BOOST_TEST(timeline("snomed", "K", std::nullopt).empty());
    BOOST_TEST(timeline("loinc", "K", store::IndexView::DateCondition{Compare::ge, {20 * kDay}, {21 * kDay}}) == "b e");
    BOOST_TEST(find([](auto& view) { return view.compartment("p", "Observation"); }) == "a b c e");
    BOOST_TEST(find([](auto& view) { return view.compartment("p", std::nullopt); }) == "a b c e");
    BOOST_TEST(find([](auto& view) { return view.compartment("nobody", std::nullopt); }).empty());
}

BOOST_AUTO_TEST_CASE(by_the_instant_of_the_commit) {
    ScratchFolder other;
    SetClock clock(kNewYear);
    const auto timed = open_in(other.path(), &clock);
    for (int hour = 0; hour < 4; ++hour) {
        clock.set({kNewYear.microseconds + hour * kHour});
        put(*timed, write_of("Observation", "h" + std::to_string(hour)));
    }
    const Instant low{kNewYear.microseconds + kHour}, high{kNewYear.microseconds + 2 * kHour};
    const std::pair<Compare, const char*> cases[] = {
        {Compare::eq, "h1"},    {Compare::ne, "h0 h2 h3"}, {Compare::gt, "h2 h3"}, {Compare::lt, "h0"}, {Compare::ge, "h1 h2 h3"},
        {Compare::le, "h0 h1"}, {Compare::sa, "h2 h3"},    {Compare::eb, "h0"},    {Compare::ap, "h1"},
    };
    const auto view = timed->view();
    for (const auto& [compare, expected] : cases) BOOST_TEST(ids_of(*view, view->updated("Observation", compare, low, high)) == expected);
}

BOOST_AUTO_TEST_CASE(sort_keys_by_type_of_value) {
    add("a", {.dates = {{"date", {5}, {6}}}, .quantities = {{.param = "n", .low = -2.5, .high = -2.5}}, .strings = {{"name", "b", "B"}}});
    add("b", {.dates = {{"date", {1}, {9 * kDay}}},
              .quantities = {{.param = "n", .low = 10, .high = 10}},
              .strings = {{"name", "a", "a"}, {"name", "z", "z"}}});
    add("c", {});
    const auto view = store->view();
    const auto keys = view->all("Observation");
    auto less = [&](const std::string& param, bool highest, std::size_t x, std::size_t y) {
        const auto found = view->sort_keys("Observation", param, keys, highest);
        BOOST_TEST(!found[2]);
        return *found[x] < *found[y];
    };
    BOOST_TEST(less("date", false, 1, 0));
    BOOST_TEST(less("date", true, 0, 1));
    BOOST_TEST(less("n", false, 0, 1));
    BOOST_TEST(less("name", false, 1, 0));
    BOOST_TEST(less("name", true, 0, 1));
}

BOOST_AUTO_TEST_SUITE_END()
