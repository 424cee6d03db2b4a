// Names of a map: where they are declared and used, whatever the models say.
#include "maps.hpp"

#include "mapping/names.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr const char* kText = R"(map "http://x/m" = "m"
let system = 'urn:x';
group Main(source src : Patient, target tgt : Patient) {
  src.name as n where n.family.exists() and src.active -> tgt.name as m, m.text = (n.family + system) then Inner(n, m);
  src.telecom as n -> tgt.telecom = n;
}
group Inner(source src, target tgt) extends Other {
  src.family as `odd name` -> tgt.family = `odd name`;
  src -> tgt.use = (%src.use);
}
)";

/// "n: as n, n.family …" – the text of each place with what stands before it on its line.
std::vector<std::string> places_of(const std::string& text, const mapping::Name& name) {
    std::vector<std::string> out;
    const auto words = [&](Span span) { return text.substr(span.begin, span.end - span.begin); };
    if (name.declared != Span()) out.push_back("declared " + words(name.declared));
    for (const auto& use : name.uses) out.push_back(words(use));
    return out;
}

const mapping::Name& name_behind(const std::vector<mapping::Name>& names, const std::string& text, const std::string& words) {
    const auto* found = mapping::name_at(names, static_cast<std::uint32_t>(text.find(words) + words.size()));
    BOOST_REQUIRE(found);
    return *found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(a_variable_is_found_in_rules_calls_and_formulas_and_only_in_its_rule) {
    const std::string text = kText;
    const auto map = parse_map(text);
    const auto names = mapping::names_of(map.ast());
    const std::vector<std::string> first = {"declared n", "n", "n", "n"}; // where, the transform, the call
    const std::vector<std::string> second = {"declared n", "n"};
    BOOST_TEST(places_of(text, name_behind(names, text, "src.name as n")) == first, boost::test_tools::per_element());
    BOOST_TEST(places_of(text, name_behind(names, text, "src.telecom as n")) == second, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(inputs_constants_and_quoted_names_are_names) {
    const std::string text = kText;
    const auto map = parse_map(text);
    const auto names = mapping::names_of(map.ast());
    BOOST_TEST(places_of(text, name_behind(names, text, "let system")).size() == 2u);
    BOOST_TEST(places_of(text, name_behind(names, text, "group Main(source src")).size() == 4u); // declared, two rules, inside `where`
    BOOST_TEST(places_of(text, name_behind(names, text, "src.family as `odd name`")).at(1) == "`odd name`");
    BOOST_TEST(places_of(text, name_behind(names, text, "(%src")).size() == 4u); // declared, two rules, behind '%'
}

BOOST_AUTO_TEST_CASE(groups_of_other_maps_have_uses_and_no_declaration) {
    const std::string text = kText;
    const auto map = parse_map(text);
    const auto names = mapping::names_of(map.ast());
    const auto& inner = name_behind(names, text, "then Inner");
    BOOST_TEST((inner.declared != Span()));
    BOOST_TEST(inner.uses.size() == 1u);
    const auto& other = name_behind(names, text, "extends Other");
    BOOST_TEST((other.declared == Span()));
    BOOST_TEST(other.uses.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
