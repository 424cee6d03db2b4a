#include "app/lsp/server.hpp"

#include "base/catalogue.hpp"
#include "fhir/json.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace huitong::app::lsp {
namespace {

constexpr int kMethodNotFound = -32601, kInvalidRequest = -32600, kRequestFailed = -32803;

std::string file_bytes(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The id of a request as it came: a number or a text.
std::string id_of(fhir::Element request) {
    const auto id = request.child("id");
    if (!id) return {};
    if (id.kind() == fhir::ValueKind::number) return std::string(id.value());
    std::string out;
    fhir::write_json_string(id.value(), out);
    return out;
}

int severity_number(Severity severity) { return severity == Severity::information ? 3 : severity == Severity::warning ? 2 : 1; }

/// From the place of an issue to the end of the word that stands there.
Span span_of(const Text& text, const TextPosition& place) {
    const auto begin = text.offset_of_column(place.line, place.column);
    const auto token = mapping::token_at(text.str(), begin);
    const bool is_here = token.place.offset == begin && token.end > begin;
    return {begin, is_here ? token.end : std::min<std::uint32_t>(begin + 1, static_cast<std::uint32_t>(text.str().size()))};
}

void write_diagnostic(const Text& text, const Issue& issue, JsonWriter& out) {
    const auto language = language_of_environment();
    const auto hint = hint_of(issue, language);
    out.object().key("range");
    write_range(text, issue.position ? span_of(text, *issue.position) : Span(), out);
    out.key("severity").number(static_cast<std::uint64_t>(severity_number(issue.severity)));
    out.member("code", issue.rule).member("source", "huitong");
    out.member("message", text_of(issue, language) + (hint.empty() ? "" : "\n" + hint)).end_object();
}

} // namespace

void write_range(const Text& text, Span span, JsonWriter& out) {
    const auto place = [&](std::string_view name, std::uint32_t offset) {
        const auto position = text.position_of(offset);
        out.object(name).count("line", position.line).count("character", position.character).end_object();
    };
    out.object();
    place("start", span.begin);
    place("end", span.end);
    out.end_object();
}

const Server::Method Server::kRequests[] = {
    {"initialize", &Server::initialize},
    {"shutdown", &Server::shut_down},
    {"textDocument/hover", &Server::hover},
    {"textDocument/definition", &Server::definition},
    {"textDocument/references", &Server::references},
    {"textDocument/prepareRename", &Server::prepare_rename},
    {"textDocument/rename", &Server::rename},
    {"textDocument/completion", &Server::completion},
    {"textDocument/documentSymbol", &Server::symbols},
};

const Server::Method Server::kNotifications[] = {
    {"textDocument/didOpen", &Server::opened},
    {"textDocument/didChange", &Server::changed},
    {"textDocument/didSave", &Server::saved},
    {"textDocument/didClose", &Server::closed},
};

Server::Server(Workbench bench, Stream stream) : bench_(std::move(bench)), stream_(stream) {}

int Server::run() {
    while (!is_over_) {
        const auto json = stream_.read();
        if (!json || !handle(*json)) break;
    }
    return is_shut_down_ ? kOk : kFindings;
}

bool Server::handle(const std::string& json) {
    const auto parsed = fhir::read_plain_json(json);
    if (parsed.issues.has_errors()) {
        refuse("null", kInvalidRequest, "no JSON object");
        return true;
    }
    const auto message = parsed.value->root();
    const auto method = message.text("method");
    if (method == "exit") return false;
    const auto id = id_of(message);
    const bool is_request = !id.empty();
    if (is_request && is_shut_down_) {
        refuse(id, kInvalidRequest, "the server is shut down");
        return true;
    }
    const auto find = [&](const auto& methods) -> Handler {
        for (const auto& one : methods) {
            if (one.name == method) return one.handler;
        }
        return nullptr;
    };
    const auto handler = is_request ? find(kRequests) : find(kNotifications);
    if (is_request && handler) answer(message, handler);
    else if (is_request) refuse(id, kMethodNotFound, "there is no method " + std::string(method));
    else if (handler) {
        JsonWriter nothing;
        (this->*handler)(message.child("params"), nothing);
    }
    return true;
}

void Server::answer(fhir::Element request, Handler handler) {
    JsonWriter result;
    refusal_.clear();
    (this->*handler)(request.child("params"), result);
    if (!refusal_.empty()) return refuse(id_of(request), kRequestFailed, refusal_);
    const auto json = result.take();
    stream_.write(R"({"jsonrpc":"2.0","id":)" + id_of(request) + ",\"result\":" + (json.empty() ? "null" : json) + "}");
}

void Server::refuse(std::string_view id, int code, std::string_view message) {
    std::string words;
    fhir::write_json_string(message, words);
    stream_.write(R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"error":{"code":)" + std::to_string(code) + ",\"message\":" + words +
                  "}}");
}

void Server::initialize(fhir::Element, JsonWriter& result) {
    result.raw(R"({"capabilities":{"textDocumentSync":{"openClose":true,"change":1,"save":true},"hoverProvider":true,)"
               R"("definitionProvider":true,"referencesProvider":true,"renameProvider":{"prepareProvider":true},)"
               R"("documentSymbolProvider":true,"completionProvider":{"triggerCharacters":[".",":","'","`"]}},)"
               R"("serverInfo":{"name":"huitong"}})");
}

void Server::shut_down(fhir::Element, JsonWriter&) { is_shut_down_ = true; }

void Server::opened(fhir::Element params, JsonWriter&) {
    take_text(std::string(params.text("textDocument.uri")), std::string(params.text("textDocument.text")));
    publish_all();
}

void Server::changed(fhir::Element params, JsonWriter&) {
    std::string text;
    for (const auto change : params.children("contentChanges")) text = change.text("text"); // whole texts: the last one counts
    take_text(std::string(params.text("textDocument.uri")), std::move(text));
    publish_all();
}

void Server::saved(fhir::Element, JsonWriter&) { publish_all(); }

/// What was not saved is forgotten.
void Server::closed(fhir::Element params, JsonWriter&) {
    const std::string uri(params.text("textDocument.uri"));
    if (const auto path = path_of_uri(uri); !path.empty() && std::filesystem::exists(path)) take_text(uri, file_bytes(path));
    documents_.erase(uri);
}

/// The name under which the library has this file; its path while it is not there.
std::string Server::file_of(const std::string& uri) const {
    for (const auto& url : bench_.library->urls()) {
        auto file = bench_.library->find(url)->file();
        if (uri_of_path(file) == uri) return file;
    }
    const auto path = path_of_uri(uri);
    return path.empty() ? uri : path;
}

void Server::take_text(const std::string& uri, std::string text) {
    auto& document = documents_[uri];
    document.text = Text(std::move(text));
    if (document.file.empty()) document.file = file_of(uri);
    document.is_current = false;
    bring_up_to_date(document);
}

bool Server::bring_up_to_date(Document& document) {
    if (document.is_current) return !document.syntax.has_errors();
    auto parsed = mapping::Map::parse(document.text.str(), document.file);
    document.syntax = std::move(parsed.issues);
    document.is_current = true;
    if (document.syntax.has_errors()) return false;
    auto url = parsed.value.url().empty() ? document.file : parsed.value.url();
    auto added = bench_.library->add(std::move(parsed.value));
    if (!added.has_errors()) document.url = std::move(url);
    document.syntax.add(std::move(added));
    return !document.syntax.has_errors();
}

/// What is wrong in a document: its own findings, not those of maps that it imports.
void Server::publish(const std::string& uri, const Document& document) {
    Outcome found = document.syntax;
    if (!found.has_errors()) found.add(bench_.library->check(document.url));
    JsonWriter json;
    json.object().member("jsonrpc", "2.0").member("method", "textDocument/publishDiagnostics");
    json.object("params").member("uri", uri).array("diagnostics");
    for (const auto& issue : found.issues()) {
        if (!issue.position || issue.position->file == document.file) write_diagnostic(document.text, issue, json);
    }
    json.end_array().end_object().end_object();
    stream_.write(json.take());
}

/// A change of one map may mend or break another that imports it.
void Server::publish_all() {
    for (auto& [uri, document] : documents_) {
        bring_up_to_date(document);
        publish(uri, document);
    }
}

} // namespace huitong::app::lsp
