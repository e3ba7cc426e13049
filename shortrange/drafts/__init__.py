"""The draft of a recipe: what the files of a folder say of themselves, and marked blanks for what they do not."""

from shortrange.drafts._draft import Draft as Draft
from shortrange.drafts._draft import init as init
from shortrange.drafts._folder import CERTAIN as CERTAIN
from shortrange.drafts._names import glass_in as glass_in
from shortrange.drafts._names import place_in as place_in
from shortrange.drafts._names import technique_in as technique_in
