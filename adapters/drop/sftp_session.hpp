/// One connection to one folder of an SFTP server, kept between calls. Thread: one at a time; every call is bounded in time and bytes.
#pragma once

#include "adapters/drop/sftp_settings.hpp"

#include <memory>

namespace huitong::adapters::drop {

class SftpSession {
public:
    explicit SftpSession(const SftpSettings& settings);
    ~SftpSession();

    /// The folder as the server writes it: lines as of `ls -l`.
    Result<std::string> list(const std::stop_token& stop);
    /// Appends the bytes of a file behind those that `bytes` holds already; what came stays there after a failure.
    Outcome fetch(const std::string& name, std::size_t bytes_max, std::string& bytes, const std::stop_token& stop);
    /// Moves a file into a folder beside it, which is made when it is not there; under another name when its own is taken.
    Outcome move(const std::string& name, const std::string& folder, const std::stop_token& stop);
    Outcome remove(const std::string& name, const std::stop_token& stop);

private:
    struct State;
    Outcome perform(const std::string& url, const std::vector<std::string>& commands, const std::stop_token& stop);
    std::string path(const std::string& name) const;

    SftpSettings settings_;
    std::string folder_; ///< decoded path of the URL, "/" at its end
    std::unique_ptr<State> state_;
};

} // namespace huitong::adapters::drop
