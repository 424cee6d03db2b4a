/// What one signed order costs: a panel of five values for people with few and many reports, over a store with many results, through the
/// CDS Hooks door, with ledger and access log durable, and what follows behind the answer. By hand:
///   scripts/build release bench_recognition r4.pack && HUITONG_PACK=build/release/r4.pack build/release/tests/bench_recognition
///   [reports of others] [rounds]
#include "unit/rest/recognition_doors.hpp"

#include <ctime>

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace huitong;
using namespace huitong::tests;

namespace {

using std::chrono::steady_clock;

constexpr int kPeople[] = {5, 50, 500}; ///< so many reports each, over a year

ReportText report(int number, const std::string& patient) {
    auto out = story_report();
    out.number = "N" + patient + "-" + std::to_string(number);
    out.patient = patient;
    if (number == 0) return out; // one that is recognised
    char day[40];
    std::snprintf(day, sizeof day, "2026-%02d-%02dT%02d:00:00+08:00", 1 + number % 10, 1 + number % 28, number / 280 % 24);
    out.collected = out.issued = day;
    return out;
}

void fill(Doors& doors, int others) {
    doors.set_commit_size(500);
    for (const int reports : kPeople) {
        const auto name = std::to_string(reports);
        doors.put_patient("p" + name, kHospitalB, name, "", "演示" + name);
        for (int number = 0; number < reports; ++number) doors.put_report(report(number, "p" + name));
    }
    for (int number = 0; number < others; ++number) doors.put_report(report(number, "other" + std::to_string(number / 8)));
    doors.flush();
    doors.set_commit_size(1);
}

/// As many rows as a province has beside those of the story.
recognition::Register provincial(recognition::Register facts) {
    constexpr int kInstitutions = 2'000, kGroups = 10;
    const auto institution = facts.institutions.front();
    const auto certificate = facts.certificates.front();
    for (int number = 0; number < kInstitutions; ++number) {
        char code[16];
        std::snprintf(code, sizeof code, "9901%02dH%04d", number % 100, number);
        facts.institutions.push_back(institution);
        facts.institutions.back().id = code;
        for (int group = 0; group < kGroups; ++group) {
            facts.certificates.push_back(certificate);
            facts.certificates.back().laboratory = code;
            facts.certificates.back().id = std::string(code) + '-' + std::to_string(group);
        }
    }
    return facts;
}

double processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class Work>
void measure(const std::string& name, int rounds, Work work) {
    work(); // what is read for the first time is no doctor's daily wait
    std::vector<double> times;
    const auto processor = processor_seconds();
    for (int round = 0; round < rounds; ++round) {
        const auto started = steady_clock::now();
        work();
        times.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - started).count());
    }
    const auto spent = (processor_seconds() - processor) * 1e3 / rounds;
    std::sort(times.begin(), times.end());
    const auto at = [&](std::size_t percent) { return times[times.size() * percent / 100]; };
    std::printf("%-52s processor %7.3f ms   p50 %7.2f   p95 %7.2f\n", name.c_str(), spent, at(50), at(95));
}

std::string hook_for(const std::string& patient) {
    constexpr std::string_view kNumberAtB = "778899";
    auto out = Doors::hook("XCG-B");
    for (auto place = out.find(kNumberAtB); place != out.npos; place = out.find(kNumberAtB, place))
        out.replace(place, kNumberAtB.size(), patient);
    return out;
}

} // namespace

int main(int argc, char** argv) {
    const int others = argc > 1 ? std::atoi(argv[1]) : 4'000;
    const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 300;
    recognition::Settings settings;
    settings.budget_ms = 60'000; // a busy machine is late, and then writes no decision
    Doors doors(settings);
    doors.service->reload(std::make_shared<const recognition::Register>(provincial(doors.facts)));
    fill(doors, others);
    const auto caller = RecognitionHub::caller(kHospitalB);
    for (const int reports : kPeople) {
        const auto name = std::to_string(reports);
        auto question = RecognitionHub::question(kHospitalB, "XCG-B");
        question.patient.identifiers = {{recognition::local_system(kHospitalB, "patient"), name}};
        measure(name + " reports: decide (no writing)", rounds, [&] { (void)doors.service->explain(caller, question); });
        const auto body = hook_for(name);
        const auto order = [&] {
            const auto answer = doors.send("his-b", "POST", "/cds-services/recognition-order-sign", body);
            if (answer.body.size() < 1000) std::fprintf(stderr, "no card: %s\n", answer.body.c_str()), std::exit(1);
        };
        doors.follow();
        measure(name + " reports: order-sign, all durable", rounds, order);
        doors.follow();
        measure(name + " reports: the same and what follows behind it", rounds, [&] { order(), doors.follow(); });
    }
    measure("a bare commit of one fact", rounds, [&] { (void)doors.store->write_facts({{"bench", "key", "value", false}}); });
}
