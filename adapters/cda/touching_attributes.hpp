/// `<value code="1"codeSystem="2">`: attributes without a blank between them are no XML, what they say is plain all the same. Senders that
/// put their documents together out of pieces of text write such. Thread: any; pure.
#pragma once

#include <string>
#include <string_view>

namespace huitong::adapters::cda {

/// The text with a blank behind each value of an attribute that something else touches; the text itself when nothing does. Comments,
/// CDATA sections and text stay as they are.
std::string with_attributes_apart(std::string_view text);

} // namespace huitong::adapters::cda
