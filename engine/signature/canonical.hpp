/// XML in its canonical form, the bytes that XML signatures are about: exclusive (also with a list of prefixes) and the older inclusive
/// one, both without comments. Over pugixml, with XML's own view of white space and references; DTDs were refused before. Thread: any;
/// pure. Recursion goes as deep as the document: depth is limited before. Source: Exclusive XML Canonicalization 1.0; Canonical XML 1.0.
#pragma once

#include <pugixml.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace huitong::signature {

struct CanonicalForm {
    bool is_exclusive = true;
    std::vector<std::string> prefixes; ///< exclusive: these are treated as in the inclusive form; "" is the default namespace
};
/// By the address of the algorithm; nullopt: not accepted (among them the forms with comments).
std::optional<CanonicalForm> canonical_form_of(std::string_view algorithm);

/// Parses `text` (UTF-8) as canonical forms need it: white space and processing instructions stay, comments go. False when it is no XML, an
/// attribute stands twice in an element, a prefix is not declared, or more than 64 are at once.
bool read_exact(std::string_view text, pugi::xml_document& out);

/// `apex` is a document or an element in it; `left_out` and all below is not written.
std::string write_canonical(pugi::xml_node apex, const CanonicalForm& form, pugi::xml_node left_out = {});

/// Of the elements of XML signatures.
inline constexpr std::string_view kSignatureNamespace = "http://www.w3.org/2000/09/xmldsig#";

/// Of a name, without its prefix.
std::string_view local_name(std::string_view name);
/// The namespace that the element is in; "" = none.
std::string_view namespace_of(pugi::xml_node element);

} // namespace huitong::signature
