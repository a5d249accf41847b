#include "tools/cdc-apply/iceberg/place.h"

#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "common/error.h"
#include "common/mysql/server_options.h"
#include "tools/cdc-apply/iceberg/sql_catalog.h"

namespace cdc::apply::iceberg {
namespace {

constexpr int64_t kMostFileBytes = int64_t{1} << 40;

/// "512M"
int64_t SizeOf(const std::string& text) {
  int64_t size = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), size);
  const std::string unit(result.ptr);
  const int shift = unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : unit.empty() ? 0 : -1;
  if (result.ec != std::errc() || shift < 0 || size < 1 || size > (kMostFileBytes >> shift))
    Fail(ExitStatus::kUsage, "parameter file-size of the target has \"" + Shown(text) + "\"", "", "such as 512M");
  return size << shift;
}

std::string Absolute(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).lexically_normal().string();
}

bool StartsWith(const std::string& text, std::string_view start) {
  return text.rfind(start, 0) == 0;
}

[[noreturn]] void FailValue(const std::string& name, const std::string& value, const std::string& allowed) {
  Fail(ExitStatus::kUsage, "parameter " + name + " of the target has \"" + Shown(value) + "\"", "", allowed);
}

bool FlagOf(const std::string& name, const std::string& value) {
  if (value != "true" && value != "false") FailValue(name, value, "true or false");
  return value == "true";
}

MultiTable MultiTableOf(const std::string& value) {
  if (value == "multi") return MultiTable::kAlways;
  if (value == "per-table") return MultiTable::kNever;
  FailValue("transactions", value, "multi or per-table");
}

/// One that is of any catalog.
bool TakeCommon(const std::string& name, const std::string& value, IcebergPlace* place) {
  constexpr std::string_view kPartition = "partition.";
  if (name == "namespace")
    place->name_space = value;
  else if (name == "file-size")
    place->file_bytes = SizeOf(value);
  else if (StartsWith(name, kPartition))
    place->partitions[name.substr(kPartition.size())] = value;
  else if (name == "s3.endpoint")
    place->s3.endpoint = value;
  else if (name == "s3.region")
    place->s3.region = value;
  else if (name == "s3.path-style")
    place->s3.path_style = FlagOf(name, value);
  else if (name == "tls-ca")
    place->ca_file = value;
  else if (name == "request-timeout")
    place->request_timeout = RequestTimeoutOf(value);
  else
    return false;
  return true;
}

void TakeSqlParameter(const std::string& name, const std::string& value, IcebergPlace* place) {
  if (name == "catalog")
    place->catalog_name = value;
  else if (name == "catalog-file")
    place->catalog_file = Absolute(value);
  else
    Fail(ExitStatus::kUsage, "target iceberg: has no parameter \"" + Shown(name) + "\"", "",
         "catalog, catalog-file, namespace, file-size, partition.TABLE, s3.endpoint, s3.region, s3.path-style, tls-ca "
         "and request-timeout");
}

void TakeRestParameter(const std::string& name, const std::string& value, IcebergPlace* place) {
  RestPlace& rest = place->rest;
  if (name == "warehouse")
    rest.warehouse = value;
  else if (name == "prefix")
    rest.prefix = value;
  else if (name == "token-file")
    rest.token = ReadPasswordFile(value);
  else if (name == "credential-file")
    rest.credential = ReadPasswordFile(value);
  else if (name == "token-uri")
    rest.token_uri = value;
  else if (name == "scope")
    rest.scope = value;
  else if (name == "transactions")
    place->multi_table = MultiTableOf(value);
  else
    Fail(ExitStatus::kUsage, "target iceberg:" + place->rest.uri + " has no parameter \"" + Shown(name) + "\"", "",
         "warehouse, prefix, namespace, token-file, credential-file, token-uri, scope, transactions, file-size, "
         "partition.TABLE, s3.endpoint, s3.region, s3.path-style, tls-ca and request-timeout");
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

IcebergPlace ParseRestPlace(const TargetPath& target) {
  IcebergPlace place;
  place.rest.uri = target.path;
  for (const auto& [name, value] : target.parameters)
    if (!TakeCommon(name, value, &place)) TakeRestParameter(name, value, &place);
  if (place.rest.token.empty()) place.rest.token = Variable("ICEBERG_TOKEN");
  if (place.rest.credential.empty()) place.rest.credential = Variable("ICEBERG_CREDENTIAL");
  place.rest.name_space = place.name_space;
  place.rest.ca_file = place.ca_file;
  place.rest.request_timeout = place.request_timeout;
  return place;
}

}  // namespace

IcebergPlace ParseIcebergPlace(const TargetPath& target) {
  if (StartsWith(target.path, "http://") || StartsWith(target.path, "https://")) return ParseRestPlace(target);
  const bool is_s3 = StartsWith(target.path, "s3://");
  IcebergPlace place;
  place.warehouse = is_s3 ? target.path : Absolute(target.path);
  if (!is_s3) place.catalog_file = place.warehouse + "/catalog.db";
  for (const auto& [name, value] : target.parameters)
    if (!TakeCommon(name, value, &place)) TakeSqlParameter(name, value, &place);
  if (place.catalog_file.empty())
    Fail(ExitStatus::kUsage, "target iceberg:" + Shown(target.path) + " needs catalog-file=FILE", "",
         "S3 alone is no catalog: a file of SQLite here lists the tables, or use a REST catalog, iceberg:https://HOST");
  return place;
}

std::unique_ptr<Catalog> OpenCatalog(const IcebergPlace& place, bool read_only) {
#ifdef CDC_WITH_HTTP
  if (place.catalog_file.empty()) return OpenRestCatalog(place.rest, place.s3, place.multi_table, read_only);
  auto s3 = StartsWith(place.warehouse, "s3://")
                ? MakeS3Store(S3AccessOf(place.s3), HttpSettingsOf(place.ca_file, place.request_timeout))
                : nullptr;
#else
  if (place.catalog_file.empty())
    Fail(ExitStatus::kConfig, "this cdc-apply was built without HTTP", "",
         "install libcurl4-openssl-dev (make deps does) and build anew");
  std::unique_ptr<S3Files> s3;
#endif
  return OpenSqlCatalog({place.warehouse, place.catalog_file, place.name_space, place.catalog_name},
                        MakeFileStore(std::move(s3)), read_only);
}

}  // namespace cdc::apply::iceberg
