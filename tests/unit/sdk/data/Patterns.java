import java.nio.file.*;
import java.util.*;
import java.util.regex.*;

/**
 * Says which names each pattern matches in full: java Patterns.java patterns.txt names.txt > patterns.tsv
 *
 * In names, \\uXXXX stands for a sign.
 */
public class Patterns {
    public static void main(String[] args) throws Exception {
        Pattern escape = Pattern.compile("\\\\u([0-9a-f]{4})");
        List<String> names = new ArrayList<>();
        for (String name : Files.readAllLines(Path.of(args[1]))) {
            names.add(escape.matcher(name).replaceAll(
                    found -> Matcher.quoteReplacement("" + (char) Integer.parseInt(found.group(1), 16))));
        }
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
