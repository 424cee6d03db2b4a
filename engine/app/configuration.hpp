/// The configuration file (TOML): what a deployment is made of. Read once at start; every wrong key, type or value is an issue with line
/// and column. Relative paths count from the file's folder. See docs/guides/configuration.md.
#pragma once

#include "access/openid.hpp"
#include "base/limits.hpp"
#include "base/outcome.hpp"
#include "feeds/adapter.hpp"

#include <map>
#include <optional>

namespace huitong::app {

struct ClientSettings {
    std::string id, organization, secret_sha256, jwks, practitioner, role;
    std::vector<std::string> scopes, purposes;
    bool acts_for_patients = false;         ///< a residents' portal
    std::vector<std::string> redirect_uris; ///< of an app that people sign in to
    bool masked = false;                    ///< sees people covered, and writes nothing
    bool deidentified = false;              ///< whatever it exports is de-identified
    std::string destination;                ///< area code of the place where what it exports is kept, "" = not known
    std::vector<std::string> acts_for;      ///< institutions a platform's client may ask recognition for; "*" = any
};

/// A hub that this one pulls from (county pulls city).
struct UpstreamSettings {
    std::string name, url, token_url, client_id, private_key_file, key_id, scope;
    std::string organization;     ///< owner of what the hub names no owner for
    std::string authorities_file; ///< PEM of further certificate authorities, "" = the system's
    bool plain_http = false;      ///< allow http:// to other machines
    std::uint32_t interval_ms = 60'000;
    std::size_t page_count = 200;
    std::size_t answer_bytes_max = 64 << 20;
};

/// A class of data with the places that it may be exported to: `[[data_class]]`.
struct DataClassSettings {
    std::string name;
    std::vector<std::string> types;     ///< "*" = every type
    std::vector<std::string> may_go_to; ///< area codes; a place lies in an area when its code begins with that of the area; "*" = anywhere
    bool deidentified_only = false;
};

struct Configuration {
    std::string file, directory; ///< of the file itself
    std::string data = "data";
    std::string http = "127.0.0.1:8080";
    std::string base_url;                      ///< "" = from the bound address
    bool tls_gateway = false;                  ///< a gateway in front ends TLS: only then may `http` be a public address
    std::uint32_t io_threads = 0, workers = 0; ///< 0 = cores
    int offset_minutes = 480;
    bool report_writes = false;                   ///< findings about a resource that REST writes are told, but do not refuse it
    bool metrics_to_loopback = true;              ///< who comes from this machine reads /metrics without a token
    std::optional<bool> text_index;               ///< `_text` and `_content` have an index; not given: unless the data is sealed
    std::optional<std::vector<std::string>> cors; ///< origins of browsers; "*" = any; not given: by the access mode
    std::string access_mode = "clients";          ///< "clients" or "open" (loopback only)
    std::string without_consent = "treat";        ///< for what records are open of which no Consent speaks: "treat" or "all"
    std::uint32_t token_seconds = 300;            ///< at most 300
    access::OpenIdSettings identity_provider;     ///< where people of the table sign in too, no issuer = nowhere else
    std::string people;                           ///< table of people who may sign in to apps, "" = nobody
    std::string practitioners;                    ///< register of practitioners, "" = none: every client's practitioner may act
    std::string labels;                           ///< table of codes that make a record sensitive, "" = none
    std::uint32_t checkpoint_minutes = 60;        ///< signed heads of the logs are written so often
    std::string checkpoint_file;                  ///< where they are appended, "" = nowhere
    bool checkpoint_syslog = false;
    bool audit_sm2 = false; ///< a new key of the logs is SM2 instead of Ed25519
    std::string key_file;   ///< keys that the data directory is sealed with, "" = it is not sealed
    std::vector<ClientSettings> clients;
    std::vector<std::string> terminology, mappings, structures; ///< folders
    std::string import_folder;                                  ///< whose files $import may name, "" = none
    std::vector<std::string> import_sources;                    ///< below which $import may fetch files
    bool import_plain_http = false;                             ///< by http:// from other machines too
    std::string recognition;                                    ///< folder of registers and packs, "" = none
    std::string rule_pack = "national-default";
    std::map<std::string, std::string> organization_pack; ///< receiver → pack
    std::vector<std::string> image_services;              ///< DICOMweb services that are asked whether they hold a study; none: not asked
    std::uint32_t image_fresh_seconds = 300;              ///< how long such an answer counts
    bool image_plain_http = false;                        ///< allow http:// to services on other machines
    std::string viewer;                                   ///< address of an image viewer with "{code}" in it, "" = none
    std::vector<std::string> embedders;                   ///< origins that may frame the card page
    std::string platform;                                 ///< institution code of the hub's keeper: who reports to the level above
    std::uint32_t small_cells = 0;                        ///< numbers below it are left out of what is reported upward
    bool unassigned_regions = false;
    std::string fixed_now; ///< rehearsals: the clock starts here and stands still
    std::vector<feeds::FeedSettings> feeds;
    std::vector<feeds::FeedSettings> destinations; ///< systems that are sent to: `[[destination]]`
    std::vector<UpstreamSettings> upstreams;
    std::vector<DataClassSettings> data_classes;
    std::string deidentify_key; ///< file of the secret key for de-identified exports; "" = `deidentify-key` in the data directory
    Limits limits;
};

Parsed<Configuration> read_configuration(const std::string& file);

} // namespace huitong::app
