#include "adapters/tabular/table_file.hpp"
#include "adapters/tabular/tabular.hpp"
#include "base/charset.hpp"
#include "base/xlsx.hpp"
#include "unit/adapters/support/rehearsal.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

namespace huitong::adapters::tabular::tests {

using adapters::tests::Rehearsal;
using adapters::tests::RememberingInbox;
using adapters::tests::TemporaryFolder;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(tabular)

feeds::FeedSettings feed_settings(std::vector<std::pair<std::string, std::string>> settings) {
    feeds::FeedSettings out;
    out.name = "his";
    out.settings = std::move(settings);
    return out;
}

drop::Contents contents_of(std::string bytes, const feeds::FeedSettings& settings) {
    drop::DropFile file;
    file.stem = "lis_result";
    file.bytes = std::move(bytes);
    return split_table(std::move(file), read_table_rules(settings), Instant{1});
}

std::string first_error(const Outcome& outcome) { return outcome.leading() == nullptr ? "" : outcome.leading()->rule; }

const std::string kTable = "住院号,姓名,项目,结果,备注\r\n0012,张三,葡萄糖,5.6,\r\n0013,\"李,四\",肌酐,88,\"两行\r\n备注\"\r\n";

BOOST_AUTO_TEST_CASE(a_workbook_is_a_table_whatever_the_separator_of_the_feed) {
    const auto settings = feed_settings({{"separator", ";"}, {"charset", "GBK"}});
    const auto contents = contents_of(write_xlsx({text_sheet("lis", {{"住院号", "姓名"}, {"0012", "张三"}, {"0013", "李,四"}})}), settings);
    BOOST_TEST(first_error(contents.issues) == "");
    BOOST_REQUIRE(contents.count == 2u);
    const auto row = read_row(contents.message(1), read_table_rules(settings));
    BOOST_TEST(row.value->root().text("姓名") == "李,四");
}

BOOST_AUTO_TEST_CASE(each_row_is_a_message_of_its_own) {
    const auto settings = feed_settings({{"key_columns", "住院号,项目"}, {"patient_column", "住院号"}});
    const auto contents = contents_of(from_utf8(kTable, Charset::gb18030).value, settings);
    BOOST_TEST(first_error(contents.issues) == "");
    BOOST_REQUIRE_EQUAL(contents.count, 2u);
    const auto message = contents.message(1);
    BOOST_TEST(message.media_type == "text/csv;row;line=3");
    BOOST_TEST(message.bytes == "#table lis_result\n住院号,姓名,项目,结果,备注\n0013,\"李,四\",肌酐,88,\"两行\r\n备注\"\n");
    BOOST_TEST(message.control_id == "lis_result:0013|肌酐");
    BOOST_REQUIRE_EQUAL(message.order_keys.size(), 1u);
    BOOST_TEST(message.order_keys[0] == "0013");
}

BOOST_AUTO_TEST_CASE(columns_cannot_take_the_hubs_own_names) {
    const auto contents = contents_of("id,_signed,_table\n1,verified,other\n", feed_settings({}));
    const auto tree = read_row(contents.message(0), read_table_rules(feed_settings({})));
    BOOST_TEST(!tree.value->root().child("_signed"));
    BOOST_TEST(tree.value->root().text("_table") == "lis_result");
    BOOST_TEST(tree.value->root().text("_column2") == "verified");
}

BOOST_AUTO_TEST_CASE(a_row_becomes_a_tree_of_strings) {
    const auto settings = feed_settings({});
    const auto contents = contents_of(kTable, settings);
    const auto tree = read_row(contents.message(1), read_table_rules(settings));
    const auto root = tree.value->root();
    BOOST_TEST(tree.issues.empty());
    BOOST_TEST(root.name() == "Row");
    BOOST_TEST(root.text("_table") == "lis_result");
    BOOST_TEST(root.text("_line") == "3");
    BOOST_TEST(root.text("住院号") == "0013");
    BOOST_TEST(root.text("姓名") == "李,四");
    BOOST_TEST(root.text("备注") == "两行\r\n备注");
    const auto span = root.child("姓名").source();
    BOOST_TEST(tree.value->text().substr(span.begin, span.end - span.begin) == "\"李,四\"");
    const auto first = read_row(contents.message(0), read_table_rules(settings));
    BOOST_TEST(!first.value->root().child("备注")); // empty is absent
}

BOOST_AUTO_TEST_CASE(an_unchanged_row_has_the_same_bytes_wherever_it_stands) {
    const auto settings = feed_settings({});
    const auto today = contents_of("id,v\n1,a\n2,b\n", settings);
    const auto tomorrow = contents_of("id,v\n0,z\n1,a\n2,b\n", settings);
    BOOST_TEST(today.message(1).bytes == tomorrow.message(2).bytes);
    BOOST_TEST(today.message(1).media_type != tomorrow.message(2).media_type);
}

BOOST_AUTO_TEST_CASE(second_bytes_of_characters_are_no_separators) {
    const std::string table = "id|姓名|地址\n1|陈弢|謀道路7号\n";
    const auto contents = contents_of(from_utf8(table, Charset::gb18030).value, feed_settings({{"charset", "GBK"}, {"separator", "|"}}));
    BOOST_REQUIRE_EQUAL(contents.count, 1u);
    const auto tree = read_row(contents.message(0), read_table_rules(feed_settings({{"separator", "|"}})));
    BOOST_TEST(tree.value->root().text("姓名") == "陈弢");
    BOOST_TEST(tree.value->root().text("地址") == "謀道路7号");
}

BOOST_AUTO_TEST_CASE(the_separator_is_found_from_the_header) {
    for (const char separator : {',', '\t', ';', '|'}) {
        std::string table = "a,b\n1,2\n";
        std::replace(table.begin(), table.end(), ',', separator);
        const auto contents = contents_of(table, feed_settings({}));
        BOOST_TEST(read_row(contents.message(0), read_table_rules(feed_settings({}))).value->root().text("b") == "2");
    }
}

BOOST_AUTO_TEST_CASE(a_table_that_cannot_be_trusted_yields_nothing) {
    const auto no_column = contents_of("a,b\n1,2\n", feed_settings({{"key_columns", "住院号"}}));
    BOOST_TEST(first_error(no_column.issues) == "table-column-missing");
    BOOST_TEST(no_column.count == 0u);
    const auto open_quote = contents_of("a,b\n1,\"2\n3,4\n", feed_settings({}));
    BOOST_TEST(first_error(open_quote.issues) == "csv-quote-open");
    BOOST_TEST(open_quote.count == 0u);
    BOOST_TEST(first_error(contents_of("", feed_settings({})).issues) == "csv-no-header");
}

BOOST_AUTO_TEST_CASE(a_bad_row_is_told_and_does_not_hold_up_the_others) {
    const auto contents = contents_of("a,b\n1,2,3\n,4\n5,6\n", feed_settings({{"key_columns", "a"}}));
    BOOST_REQUIRE_EQUAL(contents.count, 3u);
    BOOST_TEST(first_error(contents.message(0).front_check) == "csv-columns");
    BOOST_TEST(first_error(contents.message(1).front_check) == "table-key-missing");
    BOOST_TEST(contents.message(2).front_check.empty());
}

BOOST_AUTO_TEST_CASE(a_wrong_charset_setting_is_noticed) {
    const auto contents = contents_of(from_utf8(kTable, Charset::gb18030).value, feed_settings({{"charset", "UTF-8"}}));
    BOOST_TEST(first_error(contents.issues) == "table-charset-mismatch");
    BOOST_TEST(read_row(contents.message(0), {}).value->root().text("姓名") == "张三");
}

BOOST_AUTO_TEST_CASE(a_dropped_file_is_stored_row_by_row_in_order) {
    TemporaryFolder folder;
    std::string table = "id,v\n";
    for (int number = 1; number <= 300; ++number) table += std::to_string(number) + ",x\n";
    std::ofstream(folder.path() / "t.csv") << table;
    SystemClock clock;
    RememberingInbox inbox;
    auto adapter =
        make_tabular_adapter(feed_settings({{"drop", folder.path().string()}, {"poll_ms", "20"}, {"key_columns", "id"}}), Limits(), clock);
    Rehearsal rehearsal(*adapter, inbox);
    BOOST_TEST(Rehearsal::wait_for([&] { return fs::exists(folder.path() / "done/t.csv"); }));
    rehearsal.stop();
    const auto taken = inbox.taken();
    BOOST_REQUIRE_EQUAL(taken.size(), 300u);
    for (std::size_t at = 0; at < taken.size(); ++at) BOOST_TEST(taken[at].control_id == "t:" + std::to_string(at + 1));
    BOOST_TEST(adapter->decode(taken[7]).value->root().text("id") == "8");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_moved_is_taken_once_and_told) {
    TemporaryFolder folder;
    std::ofstream(folder.path() / "failed") << "no folder";
    std::ofstream(folder.path() / "t.csv") << "id,v\n,refused\n1,x\n";
    SystemClock clock;
    RememberingInbox inbox;
    auto adapter =
        make_tabular_adapter(feed_settings({{"drop", folder.path().string()}, {"poll_ms", "10"}, {"key_columns", "id"}}), Limits(), clock);
    Rehearsal rehearsal(*adapter, inbox);
    BOOST_TEST(Rehearsal::wait_for([&] { return adapter->trouble().has_errors(); }));
    BOOST_TEST(adapter->trouble().leading()->rule == "drop-unmovable");
    fs::remove(folder.path() / "failed");
    BOOST_TEST(Rehearsal::wait_for([&] { return fs::exists(folder.path() / "failed/t.csv"); }));
    BOOST_TEST(Rehearsal::wait_for([&] { return adapter->trouble().empty(); }));
    rehearsal.stop();
    BOOST_TEST(inbox.taken().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_file_that_the_disk_cannot_keep_stays_with_its_sender) {
    TemporaryFolder folder;
    std::ofstream(folder.path() / "t.csv") << "id,v\n1,x\n";
    SystemClock clock;
    RememberingInbox full;
    full.stored = feeds::Disposition::refused;
    auto adapter = make_tabular_adapter(feed_settings({{"drop", folder.path().string()}, {"poll_ms", "10"}}), Limits(), clock);
    Rehearsal rehearsal(*adapter, full);
    BOOST_TEST(Rehearsal::wait_for([&] { return full.taken().size() >= 3; }));
    rehearsal.stop();
    BOOST_TEST(fs::exists(folder.path() / "t.csv"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::tabular::tests
