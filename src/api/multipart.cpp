#include "api/multipart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/body.hpp"
#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::api {
namespace {

constexpr std::size_t kBoundaryMax = 70;  // RFC 2046

[[noreturn]] void malformed(std::string_view what) {
  throw bad_request(fmt::format("multipart body: {}", what));
}

std::string latin1_to_utf8(std::string_view text) {
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

std::string as_utf8(std::string text) { return is_utf8(text) ? std::move(text) : latin1_to_utf8(text); }

std::string checked_text(std::string text, std::string_view what) {
  text = as_utf8(std::move(text));
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    malformed(fmt::format("{} has a control character", what));
  return text;
}

std::string last_segment(std::string path) {
  std::size_t slash = path.find_last_of("/\\");
  if (slash != path.npos) path.erase(0, slash + 1);
  return path == "." || path == ".." ? std::string{} : path;
}

/// RFC 5987: charset'language'percent-encoded.
std::optional<std::string> extended_value(std::string_view text) {
  std::size_t first = text.find('\'');
  std::size_t second = first == text.npos ? first : text.find('\'', first + 1);
  std::string decoded;
  if (second == text.npos || !percent_decode(text.substr(second + 1), decoded)) return std::nullopt;
  std::string charset = lower(text.substr(0, first));
  if (charset == "iso-8859-1") return latin1_to_utf8(decoded);
  if (charset == "utf-8" && is_utf8(decoded)) return decoded;
  return std::nullopt;
}

/// A value at the front of `rest`, quoted or not. Only \" and \\ are escapes: some browsers send bare
/// backslashes of Windows paths.
std::string take_value(std::string_view& rest) {
  std::string value;
  if (!rest.starts_with('"')) {
    std::size_t end = std::min(rest.find(';'), rest.size());
    value = trim(rest.substr(0, end));
    rest.remove_prefix(end);
    return value;
  }
  std::size_t at = 1;
  for (; at < rest.size() && rest[at] != '"'; ++at) {
    if (rest[at] == '\\' && at + 1 < rest.size() && (rest[at + 1] == '"' || rest[at + 1] == '\\')) ++at;
    value += rest[at];
  }
  if (at >= rest.size()) malformed("a quoted value does not end");
  rest.remove_prefix(at + 1);
  return value;
}

void read_disposition(std::string_view value, FormPart& part, bool& named) {
  std::string_view type = trim(value.substr(0, value.find(';')));
  if (!iequals(type, "form-data")) malformed("a part's Content-Disposition is not form-data");
  std::string_view rest = value.substr(std::min(value.find(';'), value.size()));
  std::optional<std::string> extended;
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of("; \t"), rest.size()));
    if (rest.empty()) break;
    std::size_t equals = rest.find('=');
    if (equals == rest.npos) break;
    std::string key = lower(trim(rest.substr(0, equals)));
    rest.remove_prefix(equals + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    std::string text = take_value(rest);
    if (key == "name") {
      part.name = checked_text(std::move(text), "a part's name");
      named = true;
    } else if (key == "filename") {
      part.filename = last_segment(checked_text(std::move(text), "a file name"));
    } else if (key == "filename*") {
      if (auto decoded = extended_value(text)) extended = last_segment(checked_text(*decoded, "a file name"));
    }
  }
  if (extended) part.filename = std::move(extended);
}

void read_headers(std::string_view block, FormPart& part) {
  bool named = false;
  while (!block.empty()) {
    std::size_t end = block.find("\r\n");
    // A line that starts with a blank continues the one before (obsolete, but allowed in MIME).
    while (end != block.npos && end + 2 < block.size() && (block[end + 2] == ' ' || block[end + 2] == '\t'))
      end = block.find("\r\n", end + 2);
    std::string line(block.substr(0, end));
    block.remove_prefix(end == block.npos ? block.size() : end + 2);
    std::erase_if(line, [](char c) { return c == '\r' || c == '\n'; });
    std::size_t colon = line.find(':');
    if (colon == line.npos) malformed("a header line of a part has no colon");
    std::string_view name = trim(std::string_view(line).substr(0, colon));
    std::string_view value = trim(std::string_view(line).substr(colon + 1));
    if (iequals(name, "Content-Disposition")) read_disposition(value, part, named);
    if (iequals(name, "Content-Type")) part.content_type = checked_text(std::string(value), "a Content-Type");
  }
  if (!named) malformed("a part has no name");
}

std::string boundary_of(std::string_view content_type) {
  ContentType content = parse_content_type(content_type);
  if (content.type != "multipart/form-data") throw bad_request("Content-Type must be multipart/form-data");
  if (content.boundary.empty()) malformed("Content-Type names no boundary");
  bool printable = std::ranges::all_of(content.boundary, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (content.boundary.size() > kBoundaryMax || !printable || content.boundary.ends_with(' '))
    malformed("the boundary is not valid");
  return content.boundary;
}

}  // namespace

std::vector<FormPart> parse_multipart(std::string_view content_type, std::string_view body,
                                      const MultipartLimits& limits) {
  const std::string delimiter = "\r\n--" + boundary_of(content_type);
  const std::string_view opening = std::string_view(delimiter).substr(2);

  // The first delimiter may stand at the very start, without a line break before it.
  if (body.starts_with(opening)) {
    body.remove_prefix(opening.size());
  } else {
    std::size_t at = body.find(delimiter);
    if (at == body.npos) malformed("the boundary does not occur");
    body.remove_prefix(at + delimiter.size());
  }

  std::vector<FormPart> parts;
  while (!body.starts_with("--")) {
    body.remove_prefix(std::min(body.find_first_not_of(" \t"), body.size()));
    if (!body.starts_with("\r\n")) malformed("a boundary line has text after it");
    if (parts.size() == limits.parts_max)
      throw Error(413, fmt::format("multipart body: more than {} parts", limits.parts_max));

    // The line break stays, so that a part without any header is found too.
    std::size_t head_end = body.substr(0, limits.header_bytes_max + 4).find("\r\n\r\n");
    if (head_end == body.npos)
      malformed(body.size() > limits.header_bytes_max
                    ? fmt::format("headers of a part exceed {} bytes", limits.header_bytes_max)
                    : std::string("ends inside the headers of a part"));
    FormPart part;
    read_headers(head_end == 0 ? std::string_view{} : body.substr(2, head_end - 2), part);
    // The blank line's second break may be the one that begins the next delimiter: an empty part.
    body.remove_prefix(head_end + 2);
    std::size_t data_end = body.find(delimiter);
    if (data_end == body.npos) malformed("ends before its closing boundary");
    if (data_end >= 2) part.data = body.substr(2, data_end - 2);
    body.remove_prefix(data_end + delimiter.size());
    parts.push_back(std::move(part));
  }
  return parts;
}

const FormPart* find_part(const std::vector<FormPart>& parts, std::string_view name) {
  auto found = std::ranges::find(parts, name, &FormPart::name);
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace flotilla::api
