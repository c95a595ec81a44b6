#include "http/static_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "http/byte_range.hpp"

namespace flotilla::http {
namespace {

namespace fs = std::filesystem;

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {"html", "text/html; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"json", "application/json; charset=utf-8"},
    {"map", "application/json; charset=utf-8"},
    {"txt", "text/plain; charset=utf-8"},
    {"md", "text/markdown; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"xml", "application/xml"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"ico", "image/x-icon"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"ttf", "font/ttf"},
    {"otf", "font/otf"},
    {"wasm", "application/wasm"},
    {"webmanifest", "application/manifest+json"},
    {"pdf", "application/pdf"},
    {"zip", "application/zip"},
    {"gz", "application/gzip"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"webm", "video/webm"},
};

/// IMF-fixdate of RFC 9110 section 5.6.7.
std::string http_date(std::time_t time) {
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

/// -1 when the text is no IMF-fixdate; the two obsolete forms count as absent.
std::time_t parse_http_date(std::string_view text) {
  std::tm utc{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return end && *end == '\0' ? timegm(&utc) : -1;
}

bool lists_etag(std::string_view field, std::string_view etag) {
  for (const std::string& item : split(field, ',')) {
    std::string_view one = trim(item);
    if (one == "*") return true;
    if (one.starts_with("W/")) one.remove_prefix(2);  // weak comparison, as If-None-Match asks for
    if (one == etag) return true;
  }
  return false;
}

struct Found {
  std::string path;  ///< empty: nothing there
  std::uint64_t size = 0;
  std::time_t modified = 0;
  std::string etag;
};

Found look(const fs::path& root, const std::string& url_path) {
  const auto path = safe_file(root, url_path);
  struct stat info{};
  if (!path || stat(path->c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  // Nanoseconds and inode tell apart two versions written within one second.
  return {path->string(), static_cast<std::uint64_t>(info.st_size), info.st_mtim.tv_sec,
          fmt::format("\"{:x}-{:x}-{:x}.{:x}\"", info.st_ino, info.st_size, info.st_mtim.tv_sec,
                      info.st_mtim.tv_nsec)};
}

bool is_unchanged(const Request& request, const Found& found) {
  if (const auto tags = request.headers.get("If-None-Match"); !tags.empty())
    return lists_etag(tags, found.etag);
  const std::time_t since = parse_http_date(request.headers.get("If-Modified-Since"));
  return since >= 0 && found.modified <= since;
}

ByteRange wanted_range(const Request& request, const Found& found) {
  const std::string_view condition = request.headers.get("If-Range");
  const bool still_the_same = condition.empty() || condition == found.etag;
  return byte_range(still_the_same && request.method == "GET" ? request.headers.get("Range") : "",
                    found.size);
}

}  // namespace

std::string_view content_type_of(std::string_view file_name) {
  const std::size_t dot = file_name.rfind('.');
  const std::string extension = dot == file_name.npos ? std::string() : lower(file_name.substr(dot + 1));
  for (const auto& [known, type] : kTypes) {
    if (known == extension) return type;
  }
  return "application/octet-stream";
}

std::optional<fs::path> safe_file(const fs::path& root, std::string_view url_path) {
  std::string decoded;
  if (!percent_decode(url_path, decoded)) return std::nullopt;
  const auto is_odd = [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '\\'; };
  if (std::ranges::any_of(decoded, is_odd)) return std::nullopt;
  fs::path relative;
  std::string_view rest = decoded;
  while (rest.starts_with('/')) rest.remove_prefix(1);
  for (const std::string& part : split(rest, '/')) {
    if (part.empty() || part.front() == '.') return std::nullopt;
    relative /= part;
  }
  std::error_code error;
  const fs::path base = fs::canonical(root, error);
  if (error) return std::nullopt;
  const fs::path file = fs::canonical(base / relative, error);
  if (error || !fs::is_regular_file(file, error)) return std::nullopt;
  const auto [outside, inside] = std::mismatch(base.begin(), base.end(), file.begin(), file.end());
  if (outside != base.end()) return std::nullopt;
  return file;
}

Task<Response> StaticFiles::serve(const Request& request, std::string url_path) const {
  if (request.method != "GET" && request.method != "HEAD") throw Error(405, "Method Not Allowed");
  auto job = [this, &url_path] { return look(root_, url_path); };
  const Found found = co_await pool_.run(job);
  if (found.path.empty()) throw not_found();
  Response response;
  response.headers.add("ETag", found.etag);
  response.headers.add("Last-Modified", http_date(found.modified));
  response.headers.add("Accept-Ranges", "bytes");
  response.headers.add("X-Content-Type-Options", "nosniff");
  if (is_unchanged(request, found)) {
    response.status = 304;
    response.content_type.clear();
    co_return response;
  }
  const ByteRange range = wanted_range(request, found);
  if (range.kind == ByteRange::Kind::unsatisfiable) {
    response.headers.add("Content-Range", fmt::format("bytes */{}", found.size));
    response.status = 416;
    response.content_type.clear();
    co_return response;
  }
  response.content_type = content_type_of(found.path);
  response.file_path = found.path;
  response.file_offset = range.offset;
  response.file_size = range.size;
  if (range.kind == ByteRange::Kind::part) {
    response.status = 206;
    response.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", range.offset,
                                                      range.offset + range.size - 1, found.size));
  }
  co_return response;
}

}  // namespace flotilla::http
