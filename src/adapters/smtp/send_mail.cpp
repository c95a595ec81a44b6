#include "adapters/smtp/send_mail.hpp"

#include <curl/curl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <stdexcept>

#include "base/random.hpp"

namespace flotilla::smtp {
namespace {

constexpr long kConnectTimeoutMs = 10'000;
constexpr long kTimeoutMs = 30'000;

void check_line(const char* what, const std::string& text) {
  const bool fine = !text.empty() && std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '<' || c == '>';
  });
  if (!fine) throw std::runtime_error(fmt::format("the {} of a mail is not one line", what));
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

struct Upload {
  std::string text;
  std::size_t at = 0;
};

std::size_t read_upload(char* buffer, std::size_t size, std::size_t count, void* data) {
  auto& upload = *static_cast<Upload*>(data);
  const std::size_t bytes = std::min(size * count, upload.text.size() - upload.at);
  std::copy_n(upload.text.data() + upload.at, bytes, buffer);
  upload.at += bytes;
  return bytes;
}

/// Once in the process, before the first use.
void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::runtime_error("libcurl cannot be used");
}

bool holds_password(const std::string& url) {
  const std::size_t begin = url.find("://");
  return begin != url.npos && url.substr(begin + 3, url.find('/', begin + 3) - begin - 3).contains('@');
}

}  // namespace

std::string message_text(const MailSettings& settings, const Mail& mail, const std::string& date,
                         const std::string& id) {
  check_line("address", mail.to);
  check_line("subject", mail.subject);
  return fmt::format(
      "Date: {}\r\nFrom: <{}>\r\nTo: <{}>\r\nMessage-ID: <{}@flotilla>\r\nSubject: {}\r\n"
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
      "\r\n{}\r\n",
      date, settings.from, mail.to, id, mail.subject, with_crlf(mail.text));
}

void send_mail(const MailSettings& settings, const Mail& mail) {
  start_curl();
  const std::string date = fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(std::time(nullptr)));
  Upload upload{message_text(settings, mail, date, random_uuid(Random::system()))};
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
  if (!curl) throw std::runtime_error("libcurl cannot be used");
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> to(
      curl_slist_append(nullptr, ("<" + mail.to + ">").c_str()), &curl_slist_free_all);
  const std::string from = "<" + settings.from + ">";
  const bool must_encrypt = holds_password(settings.smtp_url);
  CURL* c = curl.get();
  curl_easy_setopt(c, CURLOPT_URL, settings.smtp_url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(c, CURLOPT_USE_SSL, static_cast<long>(must_encrypt ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl_easy_setopt(c, CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to.get());
  curl_easy_setopt(c, CURLOPT_READFUNCTION, &read_upload);
  curl_easy_setopt(c, CURLOPT_READDATA, &upload);
  curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
  const CURLcode sent = curl_easy_perform(c);
  if (sent != CURLE_OK)
    throw std::runtime_error(fmt::format("FLOTILLA_SMTP_URL: {}", curl_easy_strerror(sent)));
}

}  // namespace flotilla::smtp
