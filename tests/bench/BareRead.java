import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;

/**
 * The peer of a plan without changes: the same bulk reads by Kafka's own AdminClient, with nothing around them.
 * Arguments: bootstrap server, prefix, count.
 */
public final class BareRead {
    public static void main(String[] arguments) throws Exception {
        Properties settings = new Properties();
        settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
        int count = Integer.parseInt(arguments[2]);
        List<String> names = IntStream.range(0, count).mapToObj(n -> arguments[1] + n).toList();
        List<ConfigResource> resources =
            names.stream().map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name)).toList();
        try (Admin admin = Admin.create(settings)) {
            int topics = admin.describeTopics(names).allTopicNames().get().size();
            int configurations = admin.describeConfigs(resources).all().get().size();
            int bindings = admin.describeAcls(AclBindingFilter.ANY).values().get().size();
            System.out.println(topics + " " + configurations + " " + bindings);
        }
    }
}
