// Names of patients arrive as GB18030 whose second bytes may be | ^ \ or ~; one wrong byte count and a segment is torn apart.
#include "base/charset.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;

BOOST_AUTO_TEST_SUITE(charset)

BOOST_AUTO_TEST_CASE(names_as_settings_and_msh_18_write_them) {
    for (const auto* name : {"GBK", "gbk", "GB2312", "GB 18030-2000", "GB18030", "GB18030-2022", "cp936"})
        BOOST_TEST((read_charset(name) == Charset::gb18030), name);
    for (const auto* name : {"UTF-8", "utf8", "UNICODE UTF-8", "CHN|Unicode"}) BOOST_TEST((read_charset(name) == Charset::utf8), name);
    BOOST_TEST((read_charset("8859/1") == Charset::latin1));
    BOOST_TEST((read_charset("ISO-8859-1") == Charset::latin1));
    BOOST_TEST((read_charset("Big5") == Charset::big5));
    BOOST_TEST((read_charset("ASCII") == Charset::ascii));
    BOOST_TEST(!read_charset("EBCDIC"));
    BOOST_TEST(!read_charset(""));
}

BOOST_AUTO_TEST_CASE(two_byte_characters_of_gb18030) {
    const auto text = to_utf8("\xD1\xAA\xB3\xA3\xB9\xE6", Charset::gb18030);
    BOOST_TEST(text.value == "血常规");
    BOOST_TEST(text.issues.empty());
}

// 䶮 (FE 9F) is a rare given name that glibc's own GBK refuses.
BOOST_AUTO_TEST_CASE(gbk_means_gb18030) { BOOST_TEST(to_utf8("\xFE\x9F", *read_charset("GBK")).value == "䶮"); }

BOOST_AUTO_TEST_CASE(four_byte_characters_of_gb18030) {
    BOOST_TEST(to_utf8("\x95\x32\x82\x36", Charset::gb18030).value == "𠀀");
    BOOST_TEST(to_utf8("\x81\x30\x84\x36", Charset::gb18030).value == "¥");
    BOOST_TEST(from_utf8("𠀀", Charset::gb18030).value == "\x95\x32\x82\x36");
}

BOOST_AUTO_TEST_CASE(second_bytes_that_look_like_hl7_separators_are_part_of_their_character) {
    for (const char trail : {'|', '^', '\\', '~'}) {
        const std::string bytes = std::string("\x95") + trail + "|x";
        const auto text = to_utf8(bytes, Charset::gb18030);
        BOOST_TEST(text.issues.empty());
        BOOST_TEST(text.value.size() == 5u);
        BOOST_TEST(text.value.ends_with("|x"));
        BOOST_TEST(from_utf8(text.value, Charset::gb18030).value == bytes);
    }
}

// glibc's iconv takes numbers beyond U+10FFFF for characters; JSON, XML and SQLite do not.
BOOST_AUTO_TEST_CASE(what_was_decoded_from_utf8_is_utf8) {
    for (const char* bytes : {"a\xF4\xBD\xA8\xB9z", "a\xED\xA0\x80z", "a\xC0\x80z", "a\xF8\x88\x80\x80\x80z", "a\xE5\x8Dz"}) {
        const auto text = to_utf8(bytes, Charset::utf8);
        BOOST_TEST(is_utf8(text.value));
        BOOST_TEST(text.value.starts_with("a\uFFFD"));
        BOOST_TEST(text.value.ends_with("\uFFFDz"));
        BOOST_TEST(text.issues.issues().size() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(undecodable_bytes_are_shown_and_counted_never_dropped) {
    const auto text = to_utf8("a\xFF"
                              "b\xFF"
                              "c",
                              Charset::gb18030);
    BOOST_TEST(text.value == "a\uFFFD"
                             "b\uFFFD"
                             "c");
    BOOST_REQUIRE_EQUAL(text.issues.issues().size(), 1u);
    const auto& issue = text.issues.issues().front();
    BOOST_TEST(issue.rule == "charset-undecodable");
    BOOST_TEST((issue.severity == Severity::warning));
    BOOST_TEST(issue.arguments.front() == "2");
    BOOST_TEST(is_utf8(text.value));
}

BOOST_AUTO_TEST_CASE(a_character_cut_at_the_end_is_reported) {
    for (const auto charset : {Charset::gb18030, Charset::utf8, Charset::big5}) {
        const auto text = to_utf8(charset == Charset::utf8 ? "ab\xE8\xA1" : "ab\xD1", charset);
        BOOST_TEST(text.value.starts_with("ab\uFFFD"));
        BOOST_TEST(tests::rule_of(text.issues) == "charset-undecodable");
        BOOST_TEST(is_utf8(text.value));
    }
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_dropped) {
    BOOST_TEST(to_utf8("\xEF\xBB\xBFx", Charset::utf8).value == "x");
    BOOST_TEST(to_utf8(std::string_view("\xFF\xFEx\0", 4), Charset::utf16le).value == "x");
    BOOST_TEST(to_utf8(std::string_view("\xFE\xFF\0x", 4), Charset::utf16be).value == "x");
    BOOST_TEST(to_utf8("\x84\x31\x95\x33x", Charset::gb18030).value == "x");
}

BOOST_AUTO_TEST_CASE(characters_the_target_lacks_become_question_marks_with_an_issue) {
    const auto text = from_utf8("a血b", Charset::latin1);
    BOOST_TEST(text.value == "a?b");
    BOOST_TEST(tests::rule_of(text.issues) == "charset-unencodable");
    BOOST_TEST(text.issues.issues().front().arguments.front() == "1");
}

BOOST_AUTO_TEST_CASE(utf8_is_checked_strictly) {
    BOOST_TEST(is_utf8("血 𠀀 é"));
    BOOST_TEST(is_utf8(std::string_view("a\0b", 3)));
    for (const auto* bad : {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\x80",
                            "\xE8\xA1", "\xB3\xA3"}) {
        BOOST_TEST(!is_utf8(bad));
    }
}

BOOST_AUTO_TEST_CASE(guessing_tells_ascii_utf8_and_gb18030_apart) {
    BOOST_TEST((guess_charset("MSH|^~\\&|") == Charset::ascii));
    BOOST_TEST((guess_charset("血常规") == Charset::utf8));
    BOOST_TEST((guess_charset("\xD1\xAA\xB3\xA3\xB9\xE6") == Charset::gb18030));
}

BOOST_AUTO_TEST_CASE(long_texts_cross_the_buffer_without_loss) {
    std::string text;
    for (int i = 0; i < 5'000; ++i) text += "血𠀀x";
    const auto bytes = from_utf8(text, Charset::gb18030);
    BOOST_TEST(bytes.issues.empty());
    BOOST_TEST((to_utf8(bytes.value, Charset::gb18030).value == text));
}

BOOST_AUTO_TEST_SUITE_END()
