/// What a feed or a destination of the configuration may say beside its name, kind, organisation, map and offset: the settings of its kind
/// and the form of their values. A misspelt `tls_authorities` would open a port to everybody without a word.
#pragma once

#include "feeds/adapter.hpp"

#include <string>
#include <vector>

namespace huitong::app {

/// A setting that cannot stay as it is. Rules: configuration-unknown-key, configuration-value, configuration-required.
struct SettingFault {
    std::string key, rule;
    std::vector<std::string> arguments;
};

/// Of a kind that is not known nothing is said: who makes its adapter refuses it. docs/guides/feeds-*.md list what is known here.
std::vector<SettingFault> check_feed_settings(const feeds::FeedSettings& feed);
std::vector<SettingFault> check_destination_settings(const feeds::FeedSettings& destination);

} // namespace huitong::app
