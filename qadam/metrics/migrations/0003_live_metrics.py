import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


FORMULAS = {
    "M1": "stage-conversion",
    "M2": "stage-transit-time",
    "M4": "active-share",
    "M5": "retention-at-anniversary",
    "M9": "successful-cases",
}


def say_what_was_computed(apps, schema_editor):
    """The values stored so far say by which formula, and in which unit, they were counted."""
    values = apps.get_model("metrics", "MetricValue").objects
    values.filter(binding__code="M2").update(unit="days")
    for code, formula in FORMULAS.items():
        values.filter(binding__code=code).update(formula_id=formula)


class Migration(migrations.Migration):

    dependencies = [
        ('metrics', '0002_segment_files'),
    ]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('line', models.CharField(choices=[('critical', 'critical'), ('watch', 'watch')], max_length=8)),
                ('limit', models.FloatField()),
                ('period_start', models.DateTimeField()),
                ('period_end', models.DateTimeField()),
                ('value', models.FloatField()),
                ('n', models.BigIntegerField()),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('mailed_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Rehearsal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('target_kind', models.CharField(choices=[('stage', 'stage'), ('case', 'case'), ('map', 'map')], max_length=8)),
                ('target_key', models.CharField(max_length=64)),
                ('code', models.CharField(max_length=8)),
                ('params_hash', models.CharField(max_length=64)),
                ('ran_at', models.DateTimeField()),
                ('error', models.TextField(blank=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='metricvalue',
            name='value_counts_in_order',
        ),
        migrations.AddField(
            model_name='metricvalue',
            name='formula_id',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='metricvalue',
            name='unit',
            field=models.CharField(default='share', max_length=6),
        ),
        migrations.AlterField(
            model_name='metricvalue',
            name='grain',
            field=models.CharField(choices=[('window', 'window'), ('month', 'month'), ('week', 'week'), ('quarter', 'quarter'), ('year', 'year'), ('open', 'open')], max_length=7),
        ),
        migrations.AddConstraint(
            model_name='metricvalue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('numerator__gte', 0), ('numerator__lte', models.F('denominator'))), models.Q(('denominator__gte', 0), ('numerator__gte', 0), ('unit__in', ['ratio', 'score'])), models.Q(('numerator__gte', django.db.models.expressions.CombinedExpression(models.F('denominator'), '*', models.Value(-1))), ('numerator__lte', models.F('denominator')), ('unit', 'points')), _connector='OR'), name='value_counts_in_order'),
        ),
        migrations.AddField(
            model_name='alert',
            name='binding',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alerts', to='metrics.metricbinding'),
        ),
        migrations.AddConstraint(
            model_name='rehearsal',
            constraint=models.UniqueConstraint(fields=('target_kind', 'target_key', 'code', 'params_hash'), name='rehearsal_once'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('binding',), name='one_open_alert'),
        ),
        migrations.RunPython(say_what_was_computed, migrations.RunPython.noop),
    ]
