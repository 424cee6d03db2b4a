#include "exchange/image_services.hpp"

#include <algorithm>

namespace huitong::exchange {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kThreads = 2;
constexpr std::size_t kQueueMax = 1'000;
constexpr std::size_t kKnownMax = 10'000; ///< studies whose answers are kept
constexpr std::size_t kMetadataBytesMax = 8 << 20;
constexpr std::uint32_t kCallMilliseconds = 5'000;

/// Components of a UID are digits. Source: DICOM PS3.5 §9.1.
bool is_uid(std::string_view text) {
    constexpr std::size_t kUidMax = 64;
    return !text.empty() && text.size() <= kUidMax && text.find_first_not_of("0123456789.") == text.npos;
}

} // namespace

WadoServices::WadoServices(ImageSettings settings) : settings_(std::move(settings)) {
    for (auto& address : settings_.addresses) {
        while (address.ends_with('/')) address.pop_back();
    }
    for (std::size_t index = 0; index < kThreads; ++index) threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
}

WadoServices::~WadoServices() {
    for (auto& thread : threads_) thread.request_stop();
}

bool WadoServices::may_call(const std::string& address) const {
    // A step upwards would leave the service that was allowed.
    if (address.find("..") != address.npos || address.find_first_of("?#@") != address.npos) return false;
    return std::any_of(settings_.addresses.begin(), settings_.addresses.end(), [&](const std::string& allowed) {
        return address.starts_with(allowed) && (address.size() == allowed.size() || address[allowed.size()] == '/');
    });
}

bool WadoServices::is_fresh(const Known& known) const {
    const auto seconds = known.is_there ? settings_.fresh_seconds : settings_.again_seconds;
    return known.is_answered && steady_clock::now() - known.at < std::chrono::seconds(seconds);
}

void WadoServices::ask(const std::string& url, Known& known) {
    if (known.is_asked || queue_.size() >= kQueueMax) return;
    known.is_asked = true;
    queue_.push_back(url);
    wake_.notify_one();
}

void WadoServices::forget_old() {
    if (known_.size() < kKnownMax) return;
    std::erase_if(known_, [&](const auto& row) { return !row.second.is_asked && !is_fresh(row.second); });
    if (known_.size() >= kKnownMax) std::erase_if(known_, [](const auto& row) { return !row.second.is_asked; });
}

std::optional<bool> WadoServices::has_study(const std::string& address, const std::string& study, steady_clock::time_point until) {
    auto base = address;
    while (base.ends_with('/')) base.pop_back();
    if (!is_uid(study) || !may_call(base)) return std::nullopt;
    const auto url = base + "/studies/" + study;
    std::unique_lock lock(mutex_);
    forget_old();
    if (const auto found = known_.find(url); found != known_.end() && is_fresh(found->second)) return found->second.is_there;
    auto& asked = known_[url];
    ask(url, asked);
    if (!asked.is_asked) return std::nullopt; // too many wait already
    // What the call finds counts for those who waited for it, however short answers are kept.
    const bool came = answered_.wait_until(lock, until, [&] {
        const auto now = known_.find(url);
        return now == known_.end() || !now->second.is_asked;
    });
    const auto found = known_.find(url);
    if (!came || found == known_.end() || !found->second.is_answered) return std::nullopt;
    return found->second.is_there;
}

void WadoServices::run(const std::stop_token& stop) {
    HttpLimits limits;
    limits.answer_bytes_max = kMetadataBytesMax;
    limits.connect_timeout_ms = limits.answer_timeout_ms = kCallMilliseconds;
    limits.plain_http = settings_.plain_http;
    HttpClient client(limits);
    while (true) {
        HttpCall call;
        {
            std::unique_lock lock(mutex_);
            if (!wake_.wait(lock, stop, [&] { return !queue_.empty(); })) return;
            call.url = std::move(queue_.front());
            queue_.pop_front();
        }
        const auto study = call.url;
        call.url += "/metadata";
        call.headers.emplace_back("Accept", "application/dicom+json");
        ++calls_;
        const auto answer = client.send(call, stop);
        // More metadata than anybody needs to read are metadata all the same.
        const bool is_long = !answer && answer.error().leading()->rule == "exchange-answer-bytes";
        const std::lock_guard lock(mutex_);
        auto& known = known_[study];
        known.is_there = is_long || (answer && answer->status == 200);
        known.is_asked = false;
        known.is_answered = true;
        known.at = steady_clock::now();
        answered_.notify_all();
    }
}

} // namespace huitong::exchange
