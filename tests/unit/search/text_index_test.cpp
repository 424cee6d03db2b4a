// Words in the index, and searches that find by it what reading every resource finds.
#include "search/text.hpp"
#include "search/words.hpp"
#include "unit/search/ward.hpp"

#include <random>
#include <unordered_map>

using namespace huitong;
using namespace huitong::tests;

namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (auto word : words) {
        std::replace(word.begin(), word.end(), '\x02', '~');
        out += (out.empty() ? "" : " ") + word;
    }
    return out;
}

std::string shown(const search::WordNeeds& needs) {
    std::string out = needs.is_exact ? "=" : "";
    for (const auto& need : needs.all_of) out += (out.empty() || out == "=" ? "" : " ") + need.word + (need.open ? "*" : "");
    return out;
}

/// Basics with texts of few words, most of them in the index.
class Library {
public:
    explicit Library(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t bound) { return random_() % bound; }
    std::string phrase(std::size_t words) {
        static constexpr const char* kWords[] = {
            "glucose", "Glucagon", "血糖",   "空腹血糖", "葡萄糖", "HbA1c", "cafe", "CAFE1234", "Müller", "5.4",
            "mmol/L",  "120",      "糖尿病", "肝素B",    "a-b",    "b12",   "zz",   "血",       "T4",     "specimen0123456789"};
        std::string out;
        for (std::size_t count = 0; count < words; ++count)
            out += (out.empty() ? "" : chance(80) ? " " : ",") + std::string(kWords[below(std::size(kWords))]);
        return out;
    }
    bool chance(unsigned percent) { return below(100) < percent; }
    std::string resource(std::size_t number) {
        std::string out = R"({"resourceType":"Basic","id":"b)" + std::to_string(number) + '"';
        if (chance(50))
            out +=
                R"(,"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">)" + phrase(below(4)) + R"(</div>"})";
        return out + R"(,"code":{"coding":[{"system":"urn:c","code":")" + (chance(50) ? "x" : "y") + R"("}],"text":")" +
               phrase(1 + below(3)) + "\"}}";
    }
    std::string query() {
        static constexpr const char* kStars[] = {"gluc*", "glu*", "caf*", "spec*", "specimen*", "血*", "hba1c*", "t*", "mmol/l*"};
        auto value = chance(25) ? std::string(kStars[below(std::size(kStars))]) : phrase(1 + below(2));
        if (chance(20)) value += "\\," + phrase(1);
        return (chance(50) ? "_content=" : "_text=") + encode_url(value) + (chance(30) ? "," + encode_url(phrase(1)) : "") +
               (chance(20) ? "&code=x" : "");
    }

private:
    std::mt19937_64 random_;
};

/// The whole blocks of the store, as the product fills them.
void fill_index(store::Store& store) {
    const auto view = store.view();
    const auto first = view->text_end();
    BOOST_REQUIRE(view->newest_key() >= first + store::kTextBlock - 1);
    std::unordered_map<std::string, std::vector<std::uint16_t>> places;
    store::Commit commit;
    commit.text.emplace();
    commit.text->number = first / store::kTextBlock;
    for (std::uint16_t place = 0; place < store::kTextBlock; ++place) {
        const auto versions = view->versions({first + place});
        for (const auto& version : *versions) {
            if (version.deleted) continue;
            for (auto& word : search::index_words(search::content_of(fhir::read_json(version.body).value->root())))
                places[word].push_back(place);
        }
    }
    for (auto& [word, of_word] : places) commit.text->words.push_back({word, of_word});
    must(store.commit_and_wait(std::move(commit)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(text_index)

BOOST_AUTO_TEST_CASE(words_by_vector) {
    const auto table = read_vectors("search/words.tsv");
    BOOST_REQUIRE(table.rows.size() > 20u);
    for (const auto& row : table.rows) {
        const auto text = table.cell(row, "text");
        const bool is_index = table.cell(row, "kind") == "index";
        auto words = search::index_words(text);
        const auto found = is_index ? joined(words) : shown(search::needs_of(text));
        BOOST_TEST(found == table.cell(row, "words"), table.cell(row, "kind") << " of " << text << ": " << found);
    }
}

BOOST_AUTO_TEST_CASE(the_index_finds_what_reading_everything_finds) {
    constexpr std::size_t kResources = 1'500;
    Ward ward;
    Library library(20'261'128);
    std::vector<store::Write> writes;
    const auto flush = [&] {
        must(ward.store->commit_and_wait(commit_of(std::move(writes))));
        writes.clear();
    };
    // Some are replaced, some deleted: the block holds versions that are current no more.
    for (std::size_t number = 0; number < store::kTextBlock + 40; ++number) {
        const auto id = library.below(kResources);
        if (library.chance(3)) writes.push_back(removal_of("Basic", "b" + std::to_string(id)));
        else writes.push_back(ward.write_of(library.resource(id)));
        if (number % 100 == 99) flush();
    }
    flush();
    while (ward.store->view()->newest_key() < store::kTextBlock + 20) ward.add(library.resource(library.below(kResources)));
    const auto halfway = ward.store->now() / 2;
    const auto answers = [&](const std::string& text, store::LogTime t) {
        Outcome warnings;
        const auto query = ward.query_of("Basic?" + text + "&_count=1000", true, warnings);
        BOOST_REQUIRE(query);
        auto found = search::run(ward.registry, *ward.store->view({}, t), *query, Limits{});
        BOOST_REQUIRE(found);
        std::string out = std::to_string(*found->total);
        for (const auto& entry : found->entries) out += ' ' + entry.version.key.id;
        return out;
    };
    std::vector<std::pair<std::string, std::pair<std::string, std::string>>> asked;
    std::size_t with_matches = 0;
    for (int number = 0; number < 300; ++number) {
        const auto text = library.query();
        asked.push_back({text, {answers(text, 0), answers(text, halfway)}});
        with_matches += asked.back().second.first.starts_with("0") ? 0u : 1u;
    }
    BOOST_TEST(with_matches > 100u);
    fill_index(*ward.store);
    BOOST_TEST(ward.store->view()->text_end() == store::kTextBlock);
    for (const auto& [text, before] : asked) {
        BOOST_TEST(answers(text, 0) == before.first, text);
        BOOST_TEST(answers(text, halfway) == before.second, text << " in the past");
    }
}

BOOST_AUTO_TEST_CASE(the_plan_tells_how_much_was_read) {
    Ward ward;
    std::vector<store::Write> writes;
    for (std::size_t number = 0; number < store::kTextBlock + 10; ++number)
        writes.push_back(ward.write_of(R"({"resourceType":"Basic","id":"b)" + std::to_string(number) + R"(","code":{"text":")" +
                                       (number % 1'000 == 0 ? "血糖" : "other") + "\"}}"));
    must(ward.store->commit_and_wait(commit_of(std::move(writes))));
    fill_index(*ward.store);
    const auto found = ward.page("Basic?_content=血糖");
    BOOST_REQUIRE(found);
    BOOST_TEST(found->entries.size() == 5u);
    BOOST_TEST(found->plan.back() == "_content: 5 of 4106, 11 read");
}

BOOST_AUTO_TEST_SUITE_END()
