/// The command line as commands see it: what a verb takes, and where the values go. command_line.cpp alone knows CLI11, which takes seconds
/// to read; a command file does not.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace huitong::app {

/// An option that was added. A handle: copies mean the same option; it lives as long as the CommandLine.
class Option {
public:
    explicit Option(CLI::Option* option) : option_(option) {}

    Option required() const;
    Option one_of(std::initializer_list<std::string_view> values) const;
    Option existing_file() const;
    Option existing_folder() const;
    Option existing_path() const;        ///< a file or a folder
    Option exactly(int count) const;     ///< of values
    Option excludes(Option other) const; ///< both at once are a usage error
    bool given() const;

private:
    CLI::Option* option_;
};

/// A command or a verb of one. A handle like Option.
class Verb {
public:
    explicit Verb(CLI::App* verb) : verb_(verb) {}

    /// `names`: "--count", "-o,--output", or a plain word for a position. `value` must outlive the run; it keeps its value when the option
    /// is not given. Value: std::string, std::vector<std::string>, int, unsigned, std::size_t; anything else does not link.
    template <class Value>
    Option add_option(const std::string& names, Value& value, const std::string& text = {}) const;
    void add_flag(const std::string& names, bool& value, const std::string& text) const;
    Verb add_verb(const std::string& name, const std::string& text) const;
    void needs_a_verb() const; ///< a line that names none of its verbs is a usage error
    bool chosen() const;

    bool operator==(const Verb&) const = default;

private:
    CLI::App* verb_;
};

/// The whole line. Not thread-safe; lives as long as its handles are used.
class CommandLine {
public:
    CommandLine(const std::string& name, const std::string& text, const std::string& version);
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    Verb top() const;

    enum class Parsed { run, told, wrong }; ///< told: help or the version was asked for and printed; wrong: the error was printed
    Parsed parse(int argc, char** argv, std::ostream& out, std::ostream& err);

private:
    std::unique_ptr<CLI::App> app_;
};

} // namespace huitong::app
