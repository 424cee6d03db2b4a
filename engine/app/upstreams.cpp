#include "app/upstreams.hpp"

namespace huitong::app {

exchange::Upstream make_upstream(const UpstreamSettings& settings) {
    exchange::Upstream out;
    out.name = settings.name;
    out.url = settings.url;
    out.organization = settings.organization;
    out.token = {settings.token_url, settings.client_id, settings.private_key_file, settings.key_id, settings.scope};
    out.http.answer_bytes_max = settings.answer_bytes_max;
    out.http.plain_http = settings.plain_http;
    out.http.authorities_file = settings.authorities_file;
    out.page_count = settings.page_count;
    out.interval_ms = settings.interval_ms;
    return out;
}

} // namespace huitong::app
