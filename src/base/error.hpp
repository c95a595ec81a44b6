#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace flotilla {

/// A failure that a caller of the HTTP API sees. Thrown only to end the request (or command) it belongs to;
/// the respond step turns it into `{"errors":[{"message", "code"}]}` with `status`. Never carries secrets.
class Error : public std::runtime_error {
 public:
  struct Item {
    std::string message;
    std::string code;  ///< machine-readable, may be empty
  };

  Error(int status, std::string message, std::string code = {})
      : std::runtime_error(message), status_(status), items_{{std::move(message), std::move(code)}} {}
  Error(int status, std::vector<Item> items)
      : std::runtime_error(items.empty() ? std::string{} : items.front().message),
        status_(status),
        items_(std::move(items)) {}

  int status() const noexcept { return status_; }
  const std::vector<Item>& items() const noexcept { return items_; }

 private:
  int status_;
  std::vector<Item> items_;
};

inline Error bad_request(std::string message) { return {400, std::move(message)}; }
inline Error unauthorized(std::string message, std::string code = {}) {
  return {401, std::move(message), std::move(code)};
}
inline Error forbidden(std::string message = "No permissions") { return {403, std::move(message)}; }
inline Error not_found(std::string message = "Not Found") { return {404, std::move(message)}; }
inline Error conflict(std::string message) { return {409, std::move(message)}; }

}  // namespace flotilla
