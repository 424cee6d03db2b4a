/// What one laboratory message with five results costs, step by step, in processor time. By hand:
///   scripts/build release bench_message r4.pack && HUITONG_PACK=build/release/r4.pack build/release/tests/bench_message
///   samples/city/hub.toml [messages]
/// The configuration's feed `lis-a` takes them; the record is a folder of its own.
#include "app/core.hpp"
#include "support/folder.hpp"

#include <ctime>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace huitong;

namespace {

constexpr const char* kItems[][4] = {{"WBC^白细胞计数", "6.8", "10^9/L", "3.5-9.5"},
                                     {"RBC^红细胞计数", "4.21", "10^12/L", "3.8-5.1"},
                                     {"HGB^血红蛋白", "126", "g/L", "115-150"},
                                     {"PLT^血小板计数", "215", "10^9/L", "125-350"},
                                     {"HCT^红细胞压积", "38.2", "%", "35-45"}};

/// As in tests/bench/bench.py.
std::string message_text(int number) {
    const auto n = std::to_string(number);
    const auto patient = "P" + std::to_string(number % 2'000);
    std::string out = "MSH|^~\\&|LIS|341002H0001|HIP|341000PLAT|20261120093500||ORU^R01|B" + n + "|P|2.4|||||CHN|UNICODE UTF-8\r";
    out += "PID|1||" + patient + "^^^341002H0001^PI||WANG XIUYING^王秀英||19560314|F\r";
    out += "PV1|1|O|1023^^^检验科||||8001^李建国|||01||||||||MZ|OP" + n + "\r";
    out += "ORC|RE|SQ" + n + "|JY" + n + "||CM\r";
    out += "OBR|1|SQ" + n + "|JY" + n +
           "|XCG^血常规五分类^L|||20261120084500|||||||20261120085500|全血^^^^静脉血|8001^李建国||||||20261120093000||LAB|F\r";
    for (int index = 0; index < 5; ++index) {
        const auto& [code, value, unit, range] = kItems[index];
        out += "OBX|" + std::to_string(index + 1) + "|NM|" + code + "^L||" + value + '|' + unit + '|' + range +
               "|N|||F|||20261120092500|341002H0001|JY01^陈技师||Sysmex^XN-1000\r";
    }
    return out;
}

double processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class Work>
void measure(const char* name, int count, Work work) {
    const auto begin = processor_seconds();
    for (int number = 0; number < count; ++number) work(number);
    std::printf("%-34s %8.1f µs/message\n", name, (processor_seconds() - begin) * 1e6 / count);
}

feeds::StoredMessage stored(int number) {
    feeds::StoredMessage out;
    out.id = feeds::message_id(static_cast<std::uint64_t>(number) + 1);
    out.message.source = "lis-a";
    out.message.bytes = message_text(number);
    out.message.charset = "UTF-8";
    out.message.received_at = {1'795'000'000'000'000};
    return out;
}

int run(const char* file, int count) {
    auto read = app::read_configuration(file);
    if (read.issues.has_errors()) return std::fputs("the configuration cannot be read\n", stderr), 2;
    const tests::Folder folder;
    read.value.data = folder.file("data");
    for (auto& feed : read.value.feeds) std::erase_if(feed.settings, [](const auto& one) { return one.first == "drop"; });
    Outcome warnings;
    auto core = app::Core::open(std::move(read.value), warnings);
    if (!core) return std::fputs("the record cannot be opened\n", stderr), 2;
    const auto& pipeline = *(*core)->pipeline;
    const auto* feed = pipeline.find_feed("lis-a");
    mapping::RunOptions options;
    options.parameters = {{"organization", feed->settings.organization}, {"feed", feed->settings.name}};
    std::vector<feeds::StoredMessage> messages;
    std::vector<fhir::DocumentPtr> trees;
    for (int number = 0; number < count; ++number) messages.push_back(stored(number));
    measure("decode", count,
            [&](int number) { trees.push_back(feed->adapter->decode(messages[static_cast<std::size_t>(number)].message).value); });
    measure("map", count, [&](int number) {
        options.id_seed = messages[static_cast<std::size_t>(number)].id;
        const auto mapped = (*core)->content.maps->run(feed->settings.map, trees[static_cast<std::size_t>(number)]->root(), options);
        if (mapped.issues.has_errors()) std::abort();
    });
    measure("all steps before the commit", count, [&](int number) {
        auto passage = pipeline.rehearse(messages[static_cast<std::size_t>(number)]);
        if (!passage.stopped_at.empty()) std::abort();
    });
    measure("… and the commit (one fsync each)", count, [&](int number) {
        auto passage = pipeline.rehearse(messages[static_cast<std::size_t>(number)]);
        if (!(*core)->store->commit_and_wait(std::move(passage.prepared->commit))) std::abort();
    });
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) return std::fputs("usage: bench_message CONFIGURATION [MESSAGES]\n", stderr), 2;
    return run(argv[1], argc > 2 ? std::atoi(argv[2]) : 1'000);
}
