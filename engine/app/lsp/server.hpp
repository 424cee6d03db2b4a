/// The language server of maps: answers an editor over stdin and stdout.
///
/// Keeps the text of every open document; what is not open is as the folders had it at the start, or when it was closed.
/// Source: Language Server Protocol 3.17. Thread: one.
#pragma once

#include "app/lsp/stream.hpp"
#include "app/lsp/text.hpp"
#include "app/map_workbench.hpp"
#include "base/json_writer.hpp"
#include "mapping/assistant.hpp"

#include <map>

namespace huitong::app::lsp {

class Server {
public:
    Server(Workbench bench, Stream stream);
    /// Serves until `exit` or the end of the input; 0 when `shutdown` came before.
    int run();

private:
    struct Document {
        Text text{""};
        std::string file;       ///< as the library names it
        std::string url;        ///< of the map, "" while the text has never parsed
        bool is_current = true; ///< the library holds the map of this text
        Outcome syntax;         ///< why the text does not parse
    };
    using Handler = void (Server::*)(fhir::Element params, JsonWriter& result);
    struct Method {
        std::string_view name;
        Handler handler;
    };
    static const Method kRequests[];
    static const Method kNotifications[];

    bool handle(const std::string& json);
    void answer(fhir::Element request, Handler handler);
    void refuse(std::string_view id, int code, std::string_view message);

    // server.cpp: the life of the server and of documents
    void initialize(fhir::Element params, JsonWriter& result);
    void shut_down(fhir::Element params, JsonWriter& result);
    void opened(fhir::Element params, JsonWriter&);
    void changed(fhir::Element params, JsonWriter&);
    void saved(fhir::Element params, JsonWriter&);
    void closed(fhir::Element params, JsonWriter&);
    void take_text(const std::string& uri, std::string text);
    void publish(const std::string& uri, const Document& document);
    void publish_all();
    std::string file_of(const std::string& uri) const;

    // queries.cpp
    void hover(fhir::Element params, JsonWriter& result);
    void definition(fhir::Element params, JsonWriter& result);
    void references(fhir::Element params, JsonWriter& result);
    void prepare_rename(fhir::Element params, JsonWriter& result);
    void rename(fhir::Element params, JsonWriter& result);
    void completion(fhir::Element params, JsonWriter& result);
    void symbols(fhir::Element params, JsonWriter& result);

    struct Asked {
        Document* document = nullptr;
        std::uint32_t offset = 0;
    };
    Asked asked(fhir::Element params);
    /// Makes the library hold the map of the document's text; false when that text does not parse.
    bool bring_up_to_date(Document& document);
    std::optional<mapping::Assistant> assistant_of(Document& document);
    std::string uri_of(const mapping::Map::Ast& map) const;
    void write_location(const mapping::Assistant::Location& location, JsonWriter& out) const;

    Workbench bench_;
    Stream stream_;
    std::map<std::string, Document> documents_; ///< by uri
    std::string refusal_;                       ///< set by a handler: why the request cannot be done
    bool is_shut_down_ = false, is_over_ = false;
};

void write_range(const Text& text, Span span, JsonWriter& out);

} // namespace huitong::app::lsp
