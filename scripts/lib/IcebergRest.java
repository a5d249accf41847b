import java.nio.file.*;
import java.util.*;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.rest.RESTCatalogAdapter;
import org.apache.iceberg.rest.RESTCatalogServlet;
import org.eclipse.jetty.ee10.servlet.*;
import org.eclipse.jetty.server.*;

/** Iceberg's own REST catalog for tests, over a JdbcCatalog in SQLite: IcebergRest FOLDER WAREHOUSE. On a free port of the
    loopback address, which FOLDER/port tells. With S3_ENDPOINT files are in S3, by the keys of AWS's variables. */
public class IcebergRest {
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Map<String, String> properties = new HashMap<>();
    properties.put("uri", "jdbc:sqlite:" + folder.resolve("catalog.db"));
    properties.put("warehouse", arguments[1]);
    properties.put("jdbc.schema-version", "V1");
    String endpoint = System.getenv("S3_ENDPOINT");
    if (endpoint != null) {
      properties.put("io-impl", "org.apache.iceberg.aws.s3.S3FileIO");
      properties.put("s3.endpoint", endpoint);
      properties.put("s3.path-style-access", "true");
      properties.put("client.region", "us-east-1");
    }
    JdbcCatalog catalog = new JdbcCatalog();
    catalog.setConf(new Configuration());
    catalog.initialize("rest", properties);
    ServletContextHandler context = new ServletContextHandler();
    context.addServlet(new ServletHolder(new RESTCatalogServlet(new RESTCatalogAdapter(catalog))), "/*");
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(context);
    server.start();
    Path port = folder.resolve("port.new");
    Files.writeString(port, String.valueOf(connector.getLocalPort()));
    Files.move(port, folder.resolve("port"), StandardCopyOption.ATOMIC_MOVE);
    server.join();
  }
}
