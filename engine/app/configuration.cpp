#include "app/configuration.hpp"

#include "app/feed_settings.hpp"
#include "base/date_time.hpp"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace huitong::app {
namespace {

class Reader {
public:
    Reader(std::string file, Outcome& issues) : file_(std::move(file)), issues_(issues) {}

    void complain(const toml::node* node, std::string rule, std::vector<std::string> arguments) {
        auto issue = error(IssueCode::invalid, "", std::move(rule), std::move(arguments));
        if (node) issue.position = TextPosition{file_, node->source().begin.line, node->source().begin.column};
        issues_.add(std::move(issue));
    }

    void unknown_keys(const toml::table& table, const std::string& where, const std::set<std::string_view>& known) {
        for (const auto& [key, value] : table) {
            if (!known.contains(key.str())) complain(&value, "configuration-unknown-key", {where + "." + std::string(key.str())});
        }
    }

    template <class T>
    void take(const toml::table& table, const char* key, T& out) {
        const auto* node = table.get(key);
        if (!node) return;
        if constexpr (std::is_same_v<T, std::string>) {
            if (const auto value = node->value_exact<std::string>()) out = *value;
            else complain(node, "configuration-type", {key, "string"});
        } else if constexpr (std::is_same_v<T, bool>) {
            if (const auto value = node->value_exact<bool>()) out = *value;
            else complain(node, "configuration-type", {key, "boolean"});
        } else {
            const auto value = node->value_exact<std::int64_t>();
            if (value && *value >= 0) out = static_cast<T>(*value);
            else complain(node, "configuration-type", {key, "non-negative integer"});
        }
    }

    std::vector<std::string> texts(const toml::table& table, const char* key) {
        std::vector<std::string> out;
        const auto* node = table.get(key);
        if (!node) return out;
        if (const auto single = node->value_exact<std::string>()) return {*single};
        const auto* array = node->as_array();
        if (!array) {
            complain(node, "configuration-type", {key, "list of strings"});
            return out;
        }
        for (const auto& item : *array) {
            if (const auto value = item.value_exact<std::string>()) out.push_back(*value);
            else complain(&item, "configuration-type", {key, "list of strings"});
        }
        return out;
    }

private:
    std::string file_;
    Outcome& issues_;
};

std::optional<int> read_offset(const std::string& text) {
    const auto value = read_date_time("2000-01-01T00:00:00" + text);
    return value ? value->offset_minutes : std::nullopt;
}

ClientSettings read_client(Reader& reader, const toml::table& table) {
    reader.unknown_keys(table, "client",
                        {"id", "organization", "secret_sha256", "jwks", "practitioner", "role", "scopes", "purposes", "acts_for",
                         "acts_for_patients", "redirect_uris", "masked", "deidentified", "destination"});
    ClientSettings client;
    reader.take(table, "id", client.id);
    reader.take(table, "organization", client.organization);
    reader.take(table, "secret_sha256", client.secret_sha256);
    reader.take(table, "jwks", client.jwks);
    reader.take(table, "practitioner", client.practitioner);
    reader.take(table, "role", client.role);
    client.scopes = reader.texts(table, "scopes");
    client.purposes = reader.texts(table, "purposes");
    reader.take(table, "acts_for_patients", client.acts_for_patients);
    client.acts_for = reader.texts(table, "acts_for");
    client.redirect_uris = reader.texts(table, "redirect_uris");
    reader.take(table, "masked", client.masked);
    reader.take(table, "deidentified", client.deidentified);
    reader.take(table, "destination", client.destination);
    if (client.id.empty()) reader.complain(&table, "configuration-required", {"client.id"});
    return client;
}

DataClassSettings read_data_class(Reader& reader, const toml::table& table) {
    reader.unknown_keys(table, "data_class", {"name", "types", "may_go_to", "deidentified_only"});
    DataClassSettings out;
    reader.take(table, "name", out.name);
    out.types = reader.texts(table, "types");
    out.may_go_to = reader.texts(table, "may_go_to");
    reader.take(table, "deidentified_only", out.deidentified_only);
    for (const auto* required : {"name", "types", "may_go_to"}) {
        if (!table.contains(required)) reader.complain(&table, "configuration-required", {std::string("data_class.") + required});
    }
    return out;
}

void complain_of(Reader& reader, const toml::table& table, std::vector<SettingFault> faults) {
    for (auto& fault : faults) {
        const auto* node = table.get(fault.key);
        reader.complain(node ? node : &table, std::move(fault.rule), std::move(fault.arguments));
    }
}

/// What a feed and a destination have in common.
feeds::FeedSettings read_line(Reader& reader, const toml::table& table, const std::string& where) {
    feeds::FeedSettings feed;
    reader.take(table, "name", feed.name);
    reader.take(table, "kind", feed.kind);
    reader.take(table, "organization", feed.organization);
    reader.take(table, "map", feed.map);
    std::string offset;
    reader.take(table, "offset", offset);
    if (!offset.empty()) {
        if (const auto minutes = read_offset(offset)) feed.offset_minutes = *minutes;
        else reader.complain(table.get("offset"), "configuration-offset", {offset});
    }
    for (const auto& [key, value] : table) {
        const auto name = std::string(key.str());
        if (name == "name" || name == "kind" || name == "organization" || name == "map" || name == "offset") continue;
        if (const auto text = value.value<std::string>()) feed.settings.emplace_back(name, *text);
        else if (const auto number = value.value<std::int64_t>()) feed.settings.emplace_back(name, std::to_string(*number));
        else if (const auto flag = value.value<bool>()) feed.settings.emplace_back(name, *flag ? "true" : "false");
        else reader.complain(&value, "configuration-type", {name, "text, number or boolean"});
    }
    for (const auto* required : {"name", "kind", "organization"}) {
        if (!table.contains(required)) reader.complain(&table, "configuration-required", {where + '.' + required});
    }
    return feed;
}

feeds::FeedSettings read_feed(Reader& reader, const toml::table& table) {
    auto feed = read_line(reader, table, "feed");
    complain_of(reader, table, check_feed_settings(feed));
    return feed;
}

feeds::FeedSettings read_destination(Reader& reader, const toml::table& table) {
    for (const auto* required : {"map", "connect"}) {
        if (!table.contains(required)) reader.complain(&table, "configuration-required", {std::string("destination.") + required});
    }
    auto destination = read_line(reader, table, "destination");
    complain_of(reader, table, check_destination_settings(destination));
    return destination;
}

/// Messages, facts and marks are kept under the name: two of one name would take each other's.
void check_names(Reader& reader, const toml::table& root, const char* key) {
    std::set<std::string> names;
    const auto* list = root.get_as<toml::array>(key);
    if (!list) return;
    for (const auto& item : *list) {
        const auto* table = item.as_table();
        const auto name = table ? (*table)["name"].value_or(std::string()) : std::string();
        if (!name.empty() && !names.insert(name).second)
            reader.complain(table->get("name"), "configuration-name-twice", {std::string(key) + '.' + name});
    }
}

UpstreamSettings read_upstream(Reader& reader, const toml::table& table) {
    reader.unknown_keys(table, "upstream",
                        {"name", "url", "token_url", "client_id", "private_key_file", "key_id", "scope", "organization", "authorities_file",
                         "plain_http", "interval_ms", "page_count", "answer_bytes_max"});
    UpstreamSettings upstream;
    reader.take(table, "name", upstream.name);
    reader.take(table, "url", upstream.url);
    reader.take(table, "token_url", upstream.token_url);
    reader.take(table, "client_id", upstream.client_id);
    reader.take(table, "private_key_file", upstream.private_key_file);
    reader.take(table, "key_id", upstream.key_id);
    reader.take(table, "scope", upstream.scope);
    reader.take(table, "organization", upstream.organization);
    reader.take(table, "authorities_file", upstream.authorities_file);
    reader.take(table, "plain_http", upstream.plain_http);
    reader.take(table, "answer_bytes_max", upstream.answer_bytes_max);
    reader.take(table, "interval_ms", upstream.interval_ms);
    reader.take(table, "page_count", upstream.page_count);
    if (upstream.name.empty() || upstream.url.empty()) reader.complain(&table, "configuration-required", {"upstream.name, upstream.url"});
    return upstream;
}

template <class Item>
void read_tables(Reader& reader, const toml::table& root, const char* key, std::vector<Item>& out,
                 Item (*read)(Reader&, const toml::table&)) {
    const auto* node = root.get(key);
    if (!node) return;
    const auto* array = node->as_array();
    if (!array) return reader.complain(node, "configuration-type", {key, "list of tables"});
    for (const auto& item : *array) {
        if (const auto* table = item.as_table()) out.push_back(read(reader, *table));
        else reader.complain(&item, "configuration-type", {key, "table"});
    }
}

template <class Read>
void section(const toml::table& root, const char* key, Reader& reader, Read read) {
    const auto* node = root.get(key);
    if (!node) return;
    if (const auto* table = node->as_table()) read(*table);
    else reader.complain(node, "configuration-type", {key, "table"});
}

/// They become part of a header: an origin alone, nothing that would end it.
void check_origins(Reader& reader, const toml::table& table, const std::vector<std::string>& origins) {
    for (const auto& origin : origins) {
        const auto host = origin.find("://");
        const bool is_origin = (origin.starts_with("https://") || origin.starts_with("http://")) && host + 3 < origin.size() &&
                               origin.find_first_of(" ;,'\"/\\\r\n", host + 3) == std::string::npos;
        if (!is_origin) reader.complain(table.get("embed"), "configuration-value", {"recognition.embed", "https://host[:port]"});
    }
}

void read_audit(Reader& reader, const toml::table& table, Configuration& out) {
    reader.unknown_keys(table, "audit", {"checkpoint_minutes", "checkpoint_file", "syslog", "signature"});
    reader.take(table, "checkpoint_minutes", out.checkpoint_minutes);
    reader.take(table, "checkpoint_file", out.checkpoint_file);
    reader.take(table, "syslog", out.checkpoint_syslog);
    std::string signature = "ed25519";
    reader.take(table, "signature", signature);
    out.audit_sm2 = signature == "sm2";
    if (signature != "ed25519" && signature != "sm2")
        reader.complain(table.get("signature"), "configuration-value", {"audit.signature", "ed25519, sm2"});
}

void read_identity_provider(Reader& reader, const toml::table& table, Configuration& out) {
    auto& provider = out.identity_provider;
    reader.unknown_keys(table, "identity_provider", {"issuer", "client_id", "client_secret_file", "login_claim", "scope"});
    reader.take(table, "issuer", provider.issuer);
    reader.take(table, "client_id", provider.client_id);
    reader.take(table, "login_claim", provider.login_claim);
    reader.take(table, "scope", provider.scope);
    if (!provider.issuer.starts_with("https://") && !access::is_on_this_machine(provider.issuer))
        reader.complain(table.get("issuer"), "configuration-value", {"identity_provider.issuer", "https://…"});
    if (provider.client_id.empty()) reader.complain(&table, "configuration-required", {"identity_provider.client_id"});
    std::string file;
    reader.take(table, "client_secret_file", file);
    if (file.empty()) return; // a public client
    if (!file.starts_with('/')) file = (std::filesystem::path(out.directory) / file).string();
    std::ifstream in(file);
    if (!std::getline(in, provider.client_secret) || provider.client_secret.empty())
        reader.complain(table.get("client_secret_file"), "configuration-value",
                        {"identity_provider.client_secret_file", "a file with one line"});
}

void read_recognition(Reader& reader, const toml::table& table, Configuration& out) {
    reader.unknown_keys(table, "recognition",
                        {"registers", "pack", "packs", "image_services", "image_fresh_seconds", "image_plain_http", "viewer", "embed",
                         "platform", "small_cells"});
    reader.take(table, "registers", out.recognition);
    reader.take(table, "pack", out.rule_pack);
    out.image_services = reader.texts(table, "image_services");
    reader.take(table, "image_fresh_seconds", out.image_fresh_seconds);
    reader.take(table, "image_plain_http", out.image_plain_http);
    reader.take(table, "viewer", out.viewer);
    if (!out.viewer.empty() && out.viewer.find("{code}") == std::string::npos)
        reader.complain(table.get("viewer"), "configuration-value", {"recognition.viewer", "https://…{code}…"});
    reader.take(table, "platform", out.platform);
    reader.take(table, "small_cells", out.small_cells);
    out.embedders = reader.texts(table, "embed");
    check_origins(reader, table, out.embedders);
    section(table, "packs", reader, [&](const toml::table& packs) {
        for (const auto& [receiver, pack] : packs) out.organization_pack[std::string(receiver.str())] = pack.value_or(std::string());
    });
}

void read_data_care(Reader& reader, const toml::table& root, Configuration& out) {
    section(root, "export", reader, [&](const toml::table& table) {
        reader.unknown_keys(table, "export", {"deidentify_key"});
        reader.take(table, "deidentify_key", out.deidentify_key);
    });
    section(root, "storage", reader, [&](const toml::table& table) {
        reader.unknown_keys(table, "storage", {"key_file"});
        reader.take(table, "key_file", out.key_file);
    });
}

void read_server(Reader& reader, const toml::table& table, Configuration& out) {
    reader.unknown_keys(table, "server", {"data", "http", "base_url", "tls_gateway", "io_threads", "workers", "cors", "writes", "metrics"});
    reader.take(table, "data", out.data);
    reader.take(table, "http", out.http);
    reader.take(table, "base_url", out.base_url);
    reader.take(table, "tls_gateway", out.tls_gateway);
    reader.take(table, "io_threads", out.io_threads);
    reader.take(table, "workers", out.workers);
    if (table.get("cors")) out.cors = reader.texts(table, "cors");
    std::string writes = "check";
    reader.take(table, "writes", writes);
    out.report_writes = writes == "report";
    if (writes != "check" && writes != "report")
        reader.complain(table.get("writes"), "configuration-value", {"server.writes", "check, report"});
    // Behind a gateway on this machine everybody comes from loopback.
    std::string metrics = out.tls_gateway ? "token" : "loopback";
    reader.take(table, "metrics", metrics);
    out.metrics_to_loopback = metrics == "loopback";
    if (metrics != "loopback" && metrics != "token")
        reader.complain(table.get("metrics"), "configuration-value", {"server.metrics", "loopback, token"});
}

void read_sections(Reader& reader, const toml::table& root, Configuration& out) {
    section(root, "server", reader, [&](const toml::table& table) { read_server(reader, table, out); });
    section(root, "time", reader, [&](const toml::table& table) {
        reader.unknown_keys(table, "time", {"offset", "fixed_now"});
        std::string offset = "+08:00";
        reader.take(table, "offset", offset);
        reader.take(table, "fixed_now", out.fixed_now);
        if (const auto minutes = read_offset(offset)) out.offset_minutes = *minutes;
        else reader.complain(table.get("offset"), "configuration-offset", {offset});
    });
    section(root, "access", reader, [&](const toml::table& table) {
        reader.unknown_keys(table, "access", {"mode", "without_consent", "token_seconds", "labels", "people", "practitioners"});
        reader.take(table, "mode", out.access_mode);
        reader.take(table, "token_seconds", out.token_seconds);
        reader.take(table, "labels", out.labels);
        reader.take(table, "people", out.people);
        reader.take(table, "practitioners", out.practitioners);
        reader.take(table, "without_consent", out.without_consent);
        if (out.without_consent != "treat" && out.without_consent != "all")
            reader.complain(table.get("without_consent"), "configuration-value", {"access.without_consent", "treat, all"});
        if (out.access_mode != "open" && out.access_mode != "clients")
            reader.complain(table.get("mode"), "configuration-value", {"access.mode", "open, clients"});
    });
    section(root, "identity_provider", reader, [&](const toml::table& table) { read_identity_provider(reader, table, out); });
    section(root, "audit", reader, [&](const toml::table& table) { read_audit(reader, table, out); });
    section(root, "content", reader, [&](const toml::table& table) {
        reader.unknown_keys(table, "content", {"terminology", "mappings", "structures"});
        out.terminology = reader.texts(table, "terminology");
        out.mappings = reader.texts(table, "mappings");
        out.structures = reader.texts(table, "structures");
    });
    section(root, "recognition", reader, [&](const toml::table& table) { read_recognition(reader, table, out); });
    section(root, "search", reader, [&](const toml::table& table) {
        reader.unknown_keys(table, "search", {"text_index"});
        if (table.contains("text_index")) reader.take(table, "text_index", out.text_index.emplace());
    });
    read_data_care(reader, root, out);
    section(root, "import", reader, [&](const toml::table& table) {
        reader.unknown_keys(table, "import", {"folder", "sources", "plain_http"});
        reader.take(table, "folder", out.import_folder);
        reader.take(table, "plain_http", out.import_plain_http);
        out.import_sources = reader.texts(table, "sources");
    });
    section(root, "demo", reader, [&](const toml::table& table) {
        reader.unknown_keys(table, "demo", {"unassigned_regions"});
        reader.take(table, "unassigned_regions", out.unassigned_regions);
    });
    section(root, "limits", reader, [&](const toml::table& table) {
        reader.unknown_keys(table, "limits",
                            {"http_body_bytes_max", "bundle_entries_max", "connections_max", "search_ms_max", "ack_wait_ms", "dedup_days",
                             "pipeline_backlog_max", "inbox_queue_max"});
        reader.take(table, "http_body_bytes_max", out.limits.http_body_bytes_max);
        reader.take(table, "bundle_entries_max", out.limits.bundle_entries_max);
        reader.take(table, "connections_max", out.limits.connections_max);
        reader.take(table, "search_ms_max", out.limits.search_ms_max);
        reader.take(table, "ack_wait_ms", out.limits.ack_wait_ms);
        reader.take(table, "dedup_days", out.limits.dedup_days);
        reader.take(table, "pipeline_backlog_max", out.limits.pipeline_backlog_max);
        reader.take(table, "inbox_queue_max", out.limits.inbox_queue_max);
    });
}

void make_absolute(Configuration& out) {
    const auto absolute = [&](std::string& path) {
        if (!path.empty() && !path.starts_with('/')) path = (std::filesystem::path(out.directory) / path).lexically_normal().string();
    };
    absolute(out.data);
    absolute(out.recognition);
    absolute(out.import_folder);
    absolute(out.labels);
    absolute(out.people);
    absolute(out.practitioners);
    absolute(out.checkpoint_file);
    absolute(out.key_file);
    absolute(out.deidentify_key);
    for (auto* folders : {&out.terminology, &out.mappings, &out.structures}) {
        for (auto& folder : *folders) absolute(folder);
    }
    for (auto& upstream : out.upstreams) {
        absolute(upstream.private_key_file);
        absolute(upstream.authorities_file);
    }
    for (auto* list : {&out.feeds, &out.destinations}) {
        for (auto& feed : *list) {
            for (auto& [key, value] : feed.settings) {
                const bool is_file =
                    key == "drop" || key == "authorities" || key.ends_with("_file") || (key.starts_with("tls_") && key != "tls_senders");
                if (is_file && !value.empty()) absolute(value);
            }
        }
    }
}

} // namespace

Parsed<Configuration> read_configuration(const std::string& file) {
    Parsed<Configuration> out;
    Reader reader(file, out.issues);
    out.value.file = file;
    out.value.directory = std::filesystem::absolute(file).parent_path().string();
    const auto parsed = toml::parse_file(file);
    if (!parsed) {
        auto issue = error(IssueCode::structure, "", "configuration-syntax", {std::string(parsed.error().description())});
        issue.position = TextPosition{file, parsed.error().source().begin.line, parsed.error().source().begin.column};
        out.issues.add(std::move(issue));
        return out;
    }
    const toml::table& root = parsed.table();
    reader.unknown_keys(root, "",
                        {"server", "time", "access", "identity_provider", "audit", "content", "recognition", "search", "storage", "import",
                         "export", "demo", "data_class", "limits", "client", "feed", "destination", "upstream"});
    read_sections(reader, root, out.value);
    read_tables(reader, root, "client", out.value.clients, read_client);
    read_tables(reader, root, "feed", out.value.feeds, read_feed);
    read_tables(reader, root, "destination", out.value.destinations, read_destination);
    for (const auto* key : {"feed", "destination"}) check_names(reader, root, key);
    read_tables(reader, root, "data_class", out.value.data_classes, read_data_class);
    read_tables(reader, root, "upstream", out.value.upstreams, read_upstream);
    make_absolute(out.value);
    return out;
}

} // namespace huitong::app
