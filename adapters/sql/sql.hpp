/// Database feeds: a view of a hospital's database, polled over ODBC; every row one message, every column a string, as in table files.
///
/// Settings: read_view_settings and read_poll_settings; docs/guides/feeds-sql.md explains them. With a `drop` folder (rehearsals) rows come
/// from files of the same columns. Tree: as of adapters/tabular.
#pragma once

#include "base/limits.hpp"
#include "feeds/adapter.hpp"

namespace huitong::adapters::sql {

std::unique_ptr<feeds::Adapter> make_sql_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock);

} // namespace huitong::adapters::sql
