/// Messages of the Language Server Protocol over a pair of streams: a header with the length, then JSON.
/// Source: Language Server Protocol 3.17, "Base Protocol". Thread: one.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace huitong::app::lsp {

class Stream {
public:
    Stream(std::istream& in, std::ostream& out) : in_(in), out_(out) {}
    /// nullopt: the editor is gone, or sent what has no length or one beyond 64 MB.
    std::optional<std::string> read();
    void write(std::string_view json);

private:
    std::istream& in_;
    std::ostream& out_;
};

} // namespace huitong::app::lsp
