// Read once for the whole house instead of once a source: what most sources include from outside of it. Nothing of ours, so that a change
// here stays rare. A source still includes what it uses: scripts/lint reads the sources without this file.
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
