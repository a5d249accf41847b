#include "common/error.h"
#include "tools/cdc-apply/batch_sink.h"
#include "tools/cdc-apply/http_client.h"

namespace cdc::apply {
namespace {

constexpr long kTooManyRequests = 429, kRequestTimeout = 408, kTooEarly = 425;

HttpSettings SettingsOf(const HookUrl& hook) {
  HttpSettings settings;
  for (const auto& [name, value] : hook.parameters) {
    if (name != "request-timeout")
      Fail(ExitStatus::kUsage, "target http: has no parameter \"" + Shown(name) + "\"", "",
           "request-timeout is known after \"#\"; %23 is a \"#\" of the URL");
    settings.timeout = RequestTimeoutOf(value);
  }
  return settings;
}

class HttpTaker : public BatchTaker {
 public:
  explicit HttpTaker(const HookUrl& hook) : http_(SettingsOf(hook)), hook_(hook) {}

  void Take(const Batch& batch) override {
    HttpRequest request;
    request.method = "POST";
    // Credentials go into a header, and the URL may be shown.
    request.url = hook_.url;
    request.user = hook_.user;
    request.password = hook_.password;
    request.headers = {{"Content-Type", "application/x-ndjson"}, {"Idempotency-Key", batch.key}};
    if (!batch.position.empty()) request.headers.emplace_back("CDC-Position", batch.position);
    request.body_path = batch.path;
    const HttpAnswer answer = http_.Send(request);
    if (answer.status >= 200 && answer.status < 300) return;
    const bool may_pass = answer.status >= 500 || answer.status == kTooManyRequests ||
                          answer.status == kRequestTimeout || answer.status == kTooEarly;
    const ExitStatus status = answer.status == 401 || answer.status == 403 ? ExitStatus::kNoPermission
                              : may_pass                                   ? ExitStatus::kUnavailable
                                                                           : ExitStatus::kData;
    Fail(status, "server " + ShownUrl(hook_.url) + " did not take a batch: status " + std::to_string(answer.status),
         Shown(answer.body, 400), "the batch is kept, and given again at the next start");
  }

 private:
  HttpClient http_;
  HookUrl hook_;
};

}  // namespace

std::unique_ptr<BatchTaker> MakeHttpTaker(const std::string& url) {
  return std::make_unique<HttpTaker>(ParseHookUrl(url));
}

}  // namespace cdc::apply
