#include "common/error.h"
#include "tools/cdc-apply/batch_sink.h"
#include "tools/cdc-apply/http_client.h"

namespace cdc::apply {
namespace {

constexpr long kTooManyRequests = 429, kRequestTimeout = 408, kTooEarly = 425;

class HttpTaker : public BatchTaker {
 public:
  explicit HttpTaker(const std::string& url) : http_(HttpSettings()) {
    // Credentials go into a header, and the URL may be shown.
    const size_t host = url.find("://") + 3;
    const size_t at = url.find('@');
    if (at == std::string::npos || at > url.find('/', host)) {
      url_ = url;
      return;
    }
    const TargetUrl parsed = ParseTargetUrl(url);
    user_ = parsed.user;
    password_ = parsed.password;
    url_ = url.substr(0, host) + url.substr(at + 1);
  }

  void Take(const std::string&, const std::string& key, const std::string& position, std::string_view lines) override {
    HttpRequest request;
    request.method = "POST";
    request.url = url_;
    request.user = user_;
    request.password = password_;
    request.headers = {{"Content-Type", "application/x-ndjson"}, {"Idempotency-Key", key}};
    if (!position.empty()) request.headers.emplace_back("CDC-Position", position);
    request.body = lines;
    const HttpAnswer answer = http_.Send(request);
    if (answer.status >= 200 && answer.status < 300) return;
    const bool may_pass = answer.status >= 500 || answer.status == kTooManyRequests ||
                          answer.status == kRequestTimeout || answer.status == kTooEarly;
    const ExitStatus status = answer.status == 401 || answer.status == 403 ? ExitStatus::kNoPermission
                              : may_pass                                   ? ExitStatus::kUnavailable
                                                                           : ExitStatus::kData;
    Fail(status, "server " + ShownUrl(url_) + " did not take a batch: status " + std::to_string(answer.status),
         Shown(answer.body, 400), "the batch is kept, and given again at the next start");
  }

 private:
  HttpClient http_;
  std::string url_, user_, password_;
};

}  // namespace

std::unique_ptr<BatchTaker> MakeHttpTaker(const std::string& url) {
  return std::make_unique<HttpTaker>(url);
}

}  // namespace cdc::apply
