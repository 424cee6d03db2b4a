// The text index follows the store: whole blocks, each once, of everything but the audit trail.
#include "interaction/text_indexer.hpp"
#include "unit/search/ward.hpp"

using namespace huitong;
using namespace huitong::tests;
using store::kTextBlock;

BOOST_AUTO_TEST_SUITE(text_indexer)

BOOST_AUTO_TEST_CASE(whole_blocks_are_taken_in_each_once) {
    Ward ward;
    interaction::TextIndexer indexer(*ward.store);
    const auto fill = [&](std::size_t count, const std::string& json) {
        std::vector<store::Write> writes;
        for (std::size_t number = 0; number < count; ++number) {
            auto write = ward.write_of(json);
            write.key.id = "n" + std::to_string(number);
            writes.push_back(std::move(write));
        }
        must(ward.store->commit_and_wait(commit_of(std::move(writes))));
    };
    ward.add(R"({"resourceType":"Patient","id":"p","name":[{"text":"张三丰"}]})");
    ward.add(R"({"resourceType":"AuditEvent","id":"a","outcomeDesc":"unmistakable"})");
    put(*ward.store, removal_of("Patient", "p"));
    BOOST_TEST(!*indexer.step(), "there is no whole block yet");
    fill(kTextBlock - 4, R"({"resourceType":"Basic","id":"n","code":{"text":"glucose"}})");
    BOOST_TEST(*indexer.step());
    BOOST_TEST(!*indexer.step());
    const auto view = ward.store->view();
    BOOST_TEST(view->text_end() == kTextBlock);
    BOOST_TEST(view->words("glucose", false).size() == kTextBlock - 4);
    BOOST_TEST(view->words("unmistakable", false).empty());
    BOOST_TEST(view->words("三丰", false).empty(), "deleted now");
    BOOST_TEST(ward.store->view({}, 2)->words("三丰", false).size() == 1u, "and there then");
}

BOOST_AUTO_TEST_SUITE_END()
