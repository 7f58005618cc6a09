import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("maps", "0003_touchpoint_catalogue")]

    operations = [
        migrations.RemoveConstraint(
            model_name='stagetouchpoint',
            name='touchpoint_once_a_stage',
        ),
        migrations.RemoveField(
            model_name='stagetouchpoint',
            name='channel',
        ),
        migrations.RemoveField(
            model_name='stagetouchpoint',
            name='code',
        ),
        migrations.RemoveField(
            model_name='stagetouchpoint',
            name='event_types',
        ),
        migrations.RemoveField(
            model_name='stagetouchpoint',
            name='initiator',
        ),
        migrations.RemoveField(
            model_name='stagetouchpoint',
            name='name',
        ),
        migrations.AlterField(
            model_name="stagetouchpoint",
            name="touchpoint",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="uses", to="maps.touchpoint"
            ),
        ),
        migrations.AddConstraint(
            model_name='stagetouchpoint',
            constraint=models.UniqueConstraint(fields=('stage', 'touchpoint'), name='touchpoint_once_a_stage'),
        ),
    ]
