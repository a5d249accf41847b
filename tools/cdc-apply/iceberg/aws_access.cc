#include "tools/cdc-apply/iceberg/aws_access.h"

#include <cstdlib>
#include <map>
#include <sstream>

#include "common/error.h"
#include "tools/cdc-apply/durable_file.h"

namespace cdc::apply::iceberg {
namespace {

using Section = std::map<std::string, std::string>;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string FirstOf(std::initializer_list<std::string> texts) {
  for (const auto& text : texts)
    if (!text.empty()) return text;
  return "";
}

std::string Trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// One section of a file of AWS's form: [NAME] and lines "name = value"; lines that are indented belong to a value of
/// their own kind, which we do not use. Nothing is added where there is no such file or section.
bool AddSection(const std::string& path, const std::string& wanted, Section* section) {
  const auto text = ReadWholeFile(path);
  if (!text) return false;
  std::istringstream lines(*text);
  bool inside = false, found = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#' || line[0] == ';' || line[0] == ' ' || line[0] == '\t') continue;
    if (line[0] == '[') {
      inside = Trimmed(line.substr(1, line.find(']') - 1)) == wanted;
      found = found || inside;
      continue;
    }
    const size_t equals = line.find('=');
    if (inside && equals != std::string::npos)
      section->emplace(Trimmed(line.substr(0, equals)), Trimmed(line.substr(equals + 1)));
  }
  return found;
}

Section ReadProfile() {
  const std::string named = FirstOf({Variable("AWS_PROFILE"), Variable("AWS_DEFAULT_PROFILE")});
  const std::string name = named.empty() ? "default" : named;
  const std::string folder = Variable("HOME") + "/.aws/";
  const std::string credentials = FirstOf({Variable("AWS_SHARED_CREDENTIALS_FILE"), folder + "credentials"});
  const std::string config = FirstOf({Variable("AWS_CONFIG_FILE"), folder + "config"});
  Section profile;
  const bool has_credentials = AddSection(credentials, name, &profile);
  const bool has_config = AddSection(config, name == "default" ? name : "profile " + name, &profile);
  if (!named.empty() && !has_credentials && !has_config)
    Fail(ExitStatus::kConfig, "profile \"" + Shown(named) + "\" of AWS_PROFILE is in neither \"" + credentials +
                                  "\" nor \"" + config + "\"");
  return profile;
}

}  // namespace

AwsAccess AwsAccessOfEnvironment() {
  Section profile = ReadProfile();
  AwsAccess access;
  access.key_id = Variable("AWS_ACCESS_KEY_ID");
  if (!access.key_id.empty()) {
    access.secret = Variable("AWS_SECRET_ACCESS_KEY");
    access.session_token = Variable("AWS_SESSION_TOKEN");
  } else {
    access.key_id = profile["aws_access_key_id"];
    access.secret = profile["aws_secret_access_key"];
    access.session_token = profile["aws_session_token"];
  }
  access.region = FirstOf({Variable("AWS_REGION"), Variable("AWS_DEFAULT_REGION"), profile["region"], "us-east-1"});
  access.endpoint = FirstOf({Variable("AWS_ENDPOINT_URL_S3"), Variable("AWS_ENDPOINT_URL"), profile["endpoint_url"]});
  // Servers of one's own seldom have a name for each bucket.
  access.path_style = !access.endpoint.empty();
  return access;
}

AwsAccess S3AccessOf(const S3Settings& user, const S3Properties& properties) {
  AwsAccess access = AwsAccessOfEnvironment();
  const auto take = [&](const char* name, std::string* value) {
    const auto found = properties.find(name);
    if (found != properties.end() && !found->second.empty()) *value = found->second;
  };
  if (properties.count("s3.access-key-id") != 0) access.session_token.clear();
  take("s3.access-key-id", &access.key_id);
  take("s3.secret-access-key", &access.secret);
  take("s3.session-token", &access.session_token);
  take("client.region", &access.region);
  take("s3.region", &access.region);
  std::string endpoint, path_style;
  take("s3.endpoint", &endpoint);
  take("s3.path-style-access", &path_style);
  if (!user.endpoint.empty()) endpoint = user.endpoint;
  if (!endpoint.empty()) {
    access.endpoint = endpoint;
    access.path_style = true;
  }
  if (!path_style.empty()) access.path_style = path_style == "true";
  if (!user.region.empty()) access.region = user.region;
  if (user.path_style) access.path_style = *user.path_style;
  return access;
}

}  // namespace cdc::apply::iceberg
