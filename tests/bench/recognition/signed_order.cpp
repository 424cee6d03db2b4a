/// How long one signed order takes: a panel of five values over a store with many results, through the CDS Hooks door, with ledger and
/// access log durable. By hand: scripts/build release bench_recognition && build/release/tests/bench_recognition [reports]
#include "unit/rest/recognition_doors.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace huitong;
using namespace huitong::tests;

namespace {

using std::chrono::steady_clock;

constexpr int kRounds = 300;
constexpr int kReportsOfPatient = 40; ///< of the person who is asked about, over a year

ReportText report(int number, const std::string& patient) {
    auto out = story_report();
    out.number = "N" + std::to_string(number);
    out.patient = patient;
    char day[40];
    std::snprintf(day, sizeof day, "2026-%02d-%02dT08:00:00+08:00", 1 + number % 10, 1 + number % 28);
    out.collected = out.issued = day;
    return out;
}

void fill(Doors& doors, int reports) {
    doors.set_commit_size(500);
    for (int number = 0; number < kReportsOfPatient; ++number) doors.put_report(report(number, number % 2 == 0 ? "pa" : "pt"));
    for (int number = kReportsOfPatient; number < reports; ++number) doors.put_report(report(number, "other" + std::to_string(number / 8)));
    doors.flush();
    doors.set_commit_size(1);
}

template <class Work>
void measure(const char* name, Work work) {
    std::vector<double> times;
    for (int round = 0; round < kRounds; ++round) {
        const auto started = steady_clock::now();
        work();
        times.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - started).count());
    }
    std::sort(times.begin(), times.end());
    std::printf("%-44s p50 %7.2f ms   p95 %7.2f ms   max %7.2f ms\n", name, times[kRounds / 2], times[kRounds * 95 / 100], times.back());
}

} // namespace

int main(int argc, char** argv) {
    const int reports = argc > 1 ? std::atoi(argv[1]) : 4'000;
    Doors doors;
    fill(doors, reports);
    std::printf("%d results in the store, %d of the person asked about\n", reports * 5 + 5, kReportsOfPatient * 5 + 5);
    const auto question = RecognitionHub::question(kHospitalB, "XCG-B");
    const auto caller = RecognitionHub::caller(kHospitalB);
    measure("decide (no writing)", [&] { (void)doors.service->explain(caller, question); });
    measure("decide and ledger durable", [&] { (void)doors.ask(question); });
    const auto body = Doors::hook("XCG-B");
    measure("order-sign through the door, all durable", [&] {
        if (doors.send("his-b", "POST", "/cds-services/recognition-order-sign", body).body.size() < 1000) std::abort();
    });
    measure("a bare commit of one fact", [&] { (void)doors.store->write_facts({{"bench", "key", "value", false}}); });
}
