#include "adapters/sqlite/count_memory.hpp"

#include <cstring>

namespace flotilla::sqlite {
namespace {

void append_bytes(std::string& out, const void* bytes, std::size_t size) {
  out.append(static_cast<const char*>(bytes), size);
}

void append_text(std::string& out, const std::string& text) {
  const std::size_t size = text.size();
  append_bytes(out, &size, sizeof size);
  out += text;
}

}  // namespace

/// Text and values, each with its type and length, so that no two statements share a key.
std::string CountMemory::key_of(const data::Fragment& sql) {
  std::string key = sql.text;
  for (const data::Param& param : sql.params) {
    key += '\0';
    key += static_cast<char>(param.index());
    std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::string>) {
            append_text(key, value);
          } else if constexpr (std::is_same_v<T, data::Instant>) {
            append_text(key, value.text);
          } else if constexpr (std::is_same_v<T, data::Blob>) {
            append_text(key, value.bytes);
          } else if constexpr (!std::is_same_v<T, std::monostate>) {
            append_bytes(key, &value, sizeof value);
          }
        },
        param);
  }
  return key;
}

std::optional<std::int64_t> CountMemory::find(const data::Fragment& sql, std::int64_t data_version) {
  if (data_version != data_version_) {
    counts_.clear();
    data_version_ = data_version;
    return std::nullopt;
  }
  auto at = counts_.find(key_of(sql));
  return at == counts_.end() ? std::nullopt : std::optional(at->second);
}

void CountMemory::put(const data::Fragment& sql, std::int64_t count) {
  if (counts_.size() >= kCountsMax) counts_.clear();
  counts_.insert_or_assign(key_of(sql), count);
}

}  // namespace flotilla::sqlite
