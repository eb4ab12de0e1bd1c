import java.nio.file.*;
import java.util.*;
import java.util.regex.*;

/** Says which names each pattern matches in full: java Patterns.java patterns.txt names.txt > patterns.tsv */
public class Patterns {
    public static void main(String[] args) throws Exception {
        List<String> names = Files.readAllLines(Path.of(args[1]));
        for (String pattern : Files.readAllLines(Path.of(args[0]))) {
            StringBuilder line = new StringBuilder(pattern);
            try {
                Pattern made = Pattern.compile(pattern);
                for (String name : names) line.append('\t').append(made.matcher(name).matches() ? 1 : 0);
            } catch (PatternSyntaxException wrong) {
                line.append("\tinvalid");
            }
            System.out.println(line);
        }
    }
}
