// Long values of facts in fewer bytes: what is packed comes back the same, sealed or not, and what was damaged is not what was written.
#include "store/sqlite/packed_fact.hpp"
#include "unit/store/database.hpp"

using namespace huitong;
using namespace huitong::tests;
using store::is_packed_fact;
using store::pack_fact;
using store::unpack_fact;

namespace {

std::string long_text(int lines) {
    std::string out;
    for (int line = 0; line < lines; ++line)
        out += R"({"rule":"R16","saw":[{"name":"window-hours","value":")" + std::to_string(line) + "\"}]},";
    return out;
}

struct Facts {
    ScratchFolder folder;
    static store::FactWrite fact(const std::string& key, const std::string& value) {
        store::FactWrite out;
        out.table = "t";
        out.key = key;
        out.value = value;
        return out;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(packed_facts, Facts)

BOOST_AUTO_TEST_CASE(a_long_value_is_shorter_and_comes_back_the_same) {
    for (const int lines : {30, 1'000, 40'000}) {
        const auto text = long_text(lines);
        const auto packed = pack_fact(text);
        BOOST_TEST(is_packed_fact(packed));
        BOOST_TEST(packed.size() * 4 < text.size());
        BOOST_TEST((unpack_fact(packed) == text));
    }
}

BOOST_AUTO_TEST_CASE(a_short_value_stays_as_it_is_unless_it_looks_packed) {
    for (const std::string text : {"", "17", "{\"state\":\"offered\"}"}) BOOST_TEST(pack_fact(text) == text);
    const std::string text = "\x02HZ and no frame";
    BOOST_TEST(is_packed_fact(pack_fact(text)));
    BOOST_TEST(unpack_fact(pack_fact(text)) == text);
    const auto twice = pack_fact(pack_fact(long_text(100)));
    BOOST_TEST((unpack_fact(unpack_fact(twice)) == long_text(100)));
}

BOOST_AUTO_TEST_CASE(a_changed_byte_never_gives_another_text) {
    const auto text = long_text(100);
    const auto packed = pack_fact(text);
    for (std::size_t at = 0; at < packed.size(); ++at) {
        auto changed = packed;
        changed[at] = static_cast<char>(changed[at] ^ 0x41);
        const auto read = unpack_fact(changed);
        BOOST_TEST((read == text || read == changed)); // the frame has a bit that means nothing
    }
    BOOST_TEST((unpack_fact(packed.substr(0, packed.size() / 2)) == packed.substr(0, packed.size() / 2)));
}

BOOST_AUTO_TEST_CASE(the_store_packs_them_and_nobody_sees_it) {
    const auto text = long_text(1'000);
    {
        auto store = open_in(folder.path());
        BOOST_REQUIRE(store->write_facts({fact("a", text), fact("b", "short")}));
        BOOST_TEST((*store->fact("t", "a") == text));
        BOOST_TEST(store->facts("t", "", "~", 10).size() == 2U);
    }
    BOOST_TEST(number_of(folder.path(), "SELECT length(value) FROM fact WHERE name = 't' AND key = 'a'") < 8'000);
    BOOST_TEST((*open_in(folder.path())->fact("t", "a") == text));
}

BOOST_AUTO_TEST_SUITE_END()
