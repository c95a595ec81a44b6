#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "runtime/blocking_pool.hpp"

namespace flotilla::http {

/// The type by the extension of a file name; `application/octet-stream` when it is unknown. With charset for
/// text.
std::string_view content_type_of(std::string_view file_name);

/// The regular file below `root` that a path of a URL means, or nothing. The path is decoded once; `..`,
/// empty and hidden parts, backslashes and control bytes are refused, and so is what symbolic links lead out
/// of `root`. Touches the disk: blocks.
std::optional<std::filesystem::path> safe_file(const std::filesystem::path& root, std::string_view url_path);

/// Files of one folder for GET and HEAD (RFC 9110 sections 8.8, 13 and 14): ETag, Last-Modified, 304 on
/// If-None-Match and If-Modified-Since, one byte range, If-Range. Looks at the disk on `pool`; its overload
/// is thrown as Error 503.
class StaticFiles {
 public:
  StaticFiles(std::filesystem::path root, BlockingPool& pool) : root_(std::move(root)), pool_(pool) {}

  /// `url_path` is the part of the request's path below where the folder is mounted. Throws Error 404 when
  /// there is no such file and 405 for other methods.
  Task<Response> serve(const Request& request, std::string url_path) const;

 private:
  std::filesystem::path root_;
  BlockingPool& pool_;
};

}  // namespace flotilla::http
