/// Asks DICOMweb services whether they give out a study. Only addresses of the configuration are called: what a message calls an endpoint
/// may be anywhere. Answers are kept for a while; a service that did not answer is asked again soon.
///
/// Calls run on threads of its own; `has_study` waits for one no longer than it is told. Thread: any.
/// Source: DICOM PS3.18 §10.4 (RetrieveTransaction, study metadata).
#pragma once

#include "exchange/http_client.hpp"
#include "recognition/images.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace huitong::exchange {

struct ImageSettings {
    std::vector<std::string> addresses; ///< "https://pacs.example/dicom-web": this service and what lies below it
    std::uint32_t fresh_seconds = 300;  ///< a study that is there is not asked for again for so long
    std::uint32_t again_seconds = 10;   ///< one that is not there, or whose service is away, for so long
    bool plain_http = false;            ///< allow http:// to other machines (a closed network)
};

class WadoServices final : public recognition::ImageServices {
public:
    explicit WadoServices(ImageSettings settings);
    ~WadoServices();
    WadoServices(const WadoServices&) = delete;
    WadoServices& operator=(const WadoServices&) = delete;

    std::optional<bool> has_study(const std::string& address, const std::string& study,
                                  std::chrono::steady_clock::time_point until) override;
    /// Calls made to services since the start.
    std::uint64_t calls() const { return calls_.load(); }

private:
    struct Known {
        bool is_there = false, is_asked = false, is_answered = false;
        std::chrono::steady_clock::time_point at;
    };
    bool may_call(const std::string& address) const;
    bool is_fresh(const Known& known) const;
    void ask(const std::string& url, Known& known);
    void forget_old();
    void run(const std::stop_token& stop);

    ImageSettings settings_;
    std::atomic<std::uint64_t> calls_{0};
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::condition_variable answered_;
    std::map<std::string, Known> known_; ///< by the study's URL
    std::deque<std::string> queue_;
    std::vector<std::jthread> threads_; ///< last: ended before what they use
};

} // namespace huitong::exchange
