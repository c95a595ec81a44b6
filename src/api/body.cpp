#include "api/body.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

#include "api/json_text.hpp"
#include "api/query_string.hpp"
#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::api {
namespace {

bool is_json_type(std::string_view type) { return type == "application/json" || type.ends_with("+json"); }

/// Takes one `; name=value` from the front of `rest`, the value unquoted. False at the end.
bool next_parameter(std::string_view& rest, std::string& name, std::string& value) {
  std::size_t begin = rest.find_first_not_of("; \t");
  if (begin == rest.npos) return false;
  rest.remove_prefix(begin);
  std::size_t end = rest.find_first_of("=;");
  name = lower(trim(rest.substr(0, end)));
  value.clear();
  if (end == rest.npos || rest[end] == ';') {
    rest.remove_prefix(end == rest.npos ? rest.size() : end);
    return true;
  }
  rest.remove_prefix(end + 1);
  if (!rest.starts_with('"')) {
    end = rest.find(';');
    value = trim(rest.substr(0, end));
    rest.remove_prefix(end == rest.npos ? rest.size() : end);
    return true;
  }
  std::size_t at = 1;
  for (; at < rest.size() && rest[at] != '"'; ++at) {
    if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
    value += rest[at];
  }
  rest.remove_prefix(at < rest.size() ? at + 1 : at);
  std::size_t semicolon = rest.find(';');
  rest.remove_prefix(semicolon == rest.npos ? rest.size() : semicolon);
  return true;
}

void require_utf8(const ContentType& content) {
  const std::string& charset = content.charset;
  if (charset.empty() || charset == "utf-8" || charset == "utf8" || charset == "us-ascii") return;
  throw Error(415, fmt::format("unsupported charset \"{}\": bodies must be UTF-8", charset));
}

Json parse_json_body(std::string_view body) {
  std::string_view start = body.starts_with("\xEF\xBB\xBF") ? body.substr(3) : body;
  std::size_t first = start.find_first_not_of(" \t\r\n");
  if (first == start.npos || (start[first] != '{' && start[first] != '['))
    throw bad_request("invalid JSON, only supports object and array");
  auto value = read_json_text(body);
  if (!value) throw bad_request(std::move(value.error().message));
  return std::move(*value);
}

}  // namespace

ContentType parse_content_type(std::string_view header) {
  ContentType content;
  std::size_t semicolon = header.find(';');
  content.type = lower(trim(header.substr(0, semicolon)));
  if (semicolon == header.npos) return content;
  std::string_view rest = header.substr(semicolon);
  std::string name, value;
  while (next_parameter(rest, name, value)) {
    if (name == "charset" && content.charset.empty()) content.charset = lower(value);
    if (name == "boundary" && content.boundary.empty()) content.boundary = value;
  }
  return content;
}

Json parse_body(std::string_view content_type, std::string_view body) {
  if (body.empty()) return JsonObject{};
  ContentType content = parse_content_type(content_type);
  if (is_json_type(content.type)) {
    require_utf8(content);
    return parse_json_body(body);
  }
  if (content.type == "application/x-www-form-urlencoded") {
    require_utf8(content);
    return parse_query(body, {.bare_key_is_null = false});
  }
  if (content.type == "text/plain") {
    require_utf8(content);
    if (!is_utf8(body)) throw bad_request("text body is not valid UTF-8");
    return Json(body);
  }
  return JsonObject{};
}

}  // namespace flotilla::api
