// Packages as archives: what was written is read again, as a tgz and as a zip; damaged ones are told. Source: FHIR NPM Package
// Specification; PKWARE APPNOTE 6.3.
#include "fhir/package_reader.hpp"
#include "fhir/package_writer.hpp"
#include "support/files.hpp"
#include "support/folder.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::fhir;

namespace {

/// "name=text;" of each file, or the rule that stopped the reading.
std::string content(const std::filesystem::path& file) {
    std::string out;
    const auto issues = read_package(
        file.string(), [](std::string_view) { return true; },
        [&](std::string_view name, std::string text) { out += std::string(name) + "=" + text + ";"; });
    return issues.empty() ? out : issues.leading()->rule;
}

std::filesystem::path written(const huitong::tests::Folder& folder, const char* name, const std::string& bytes) {
    const auto file = folder.path() / name;
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
}

std::string number(std::size_t value, int bytes) {
    std::string out;
    for (int at = 0; at < bytes; ++at) out += static_cast<char>(value >> (8 * at) & 0xFF);
    return out;
}

/// A zip of one stored file; `checksum` is that of its text.
std::string zip_of(const std::string& name, const std::string& text, std::size_t checksum) {
    const auto sizes = number(checksum, 4) + number(text.size(), 4) + number(text.size(), 4) + number(name.size(), 2) + number(0, 2);
    const auto local = "PK\x03\x04" + number(20, 2) + number(0, 8) + sizes + name + text;
    const auto entry = "PK\x01\x02" + number(20, 2) + number(20, 2) + number(0, 8) + sizes + number(0, 14) + name;
    return local + entry + "PK\x05\x06" + number(0, 4) + number(1, 2) + number(1, 2) + number(entry.size(), 4) + number(local.size(), 4) +
           number(0, 2);
}

} // namespace

BOOST_AUTO_TEST_SUITE(packages)

BOOST_AUTO_TEST_CASE(what_was_written_is_read_again_and_is_the_same_each_time) {
    const huitong::tests::Folder folder;
    const auto pack = [] {
        PackageWriter writer;
        BOOST_TEST(writer.add("package/package.json", "{}"));
        BOOST_TEST(writer.add("package/a.json", std::string(1000, 'x')));
        BOOST_TEST(!writer.add("package/" + std::string(100, 'n'), ""));
        return writer.finish();
    };
    BOOST_TEST((pack() == pack()));
    BOOST_TEST(content(written(folder, "a.tgz", pack())) == "package/package.json={};package/a.json=" + std::string(1000, 'x') + ";");
}

BOOST_AUTO_TEST_CASE(a_zip_is_read_too) {
    const huitong::tests::Folder folder;
    const auto good = zip_of("package/a.json", "{}", 0xA3A6BF43); // CRC-32 of "{}"
    BOOST_TEST(content(written(folder, "a.zip", good)) == "package/a.json={};");
}

BOOST_AUTO_TEST_CASE(a_damaged_zip_is_told) {
    const huitong::tests::Folder folder;
    const auto good = zip_of("package/a.json", "{}", 0xA3A6BF43);
    BOOST_TEST(content(written(folder, "sum.zip", zip_of("package/a.json", "{}", 1))) == "package-unreadable");
    BOOST_TEST(content(written(folder, "up.zip", zip_of("../a.json", "{}", 0xA3A6BF43))) == "package-path");
    for (std::size_t kept = 5; kept < good.size(); ++kept)
        BOOST_TEST(content(written(folder, "cut.zip", good.substr(0, kept))) == "package-unreadable", kept);
}

BOOST_AUTO_TEST_SUITE_END()
